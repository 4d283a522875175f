"""What becomes of a delivery after an attempt. Pure."""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Literal

import msgspec

State = Literal["pending", "delivered", "failed"]


class Patience(msgspec.Struct, frozen=True):
    """How long an endpoint's failures are borne."""

    first_retry_s: float
    longest_retry_s: float
    retry_for_s: float
    disable_after_s: float


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One request; ``status`` is None where no answer came, and ``error`` says why."""

    at: datetime
    duration_s: float
    status: int | None = None
    error: str | None = None

    @property
    def succeeded(self) -> bool:
        """Tell whether the endpoint took the event."""
        return self.status is not None and HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES


def state_after(attempt: Attempt, first_attempt_at: datetime | None, patience: Patience) -> State:
    """Return a delivery's state after an attempt; ``first_attempt_at`` is None when that was the first."""
    if attempt.succeeded:
        return "delivered"
    tried = attempt.at - (first_attempt_at or attempt.at)
    return "failed" if tried >= timedelta(seconds=patience.retry_for_s) else "pending"


def pause_s(attempts: int, patience: Patience, jitter: float) -> float:
    """Return how long to wait after so many attempts; ``jitter``, 0 to 1, takes up to half of it away.

    Without it, all that failed together would come back together.
    """
    doubled: float = patience.first_retry_s * 2 ** min(attempts - 1, 30)
    return min(doubled, patience.longest_retry_s) * (1 - jitter / 2)


def reason_to_disable(attempt: Attempt, failing_since: datetime | None, patience: Patience) -> str | None:
    """Return why an endpoint should get nothing more after a failure, as a sentence, or None."""
    if attempt.status == HTTPStatus.GONE:
        return "It answered 410 Gone."
    if failing_since and attempt.at - failing_since >= timedelta(seconds=patience.disable_after_s):
        last = f"answered {attempt.status}" if attempt.status else f"did not answer ({attempt.error})"
        return f"Nothing was delivered since {failing_since:%Y-%m-%d %H:%M} UTC; it last {last}."
    return None
