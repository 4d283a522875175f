"""What becomes of a delivery."""

from datetime import UTC, datetime, timedelta

import pytest

from services.notify.decide import Attempt, Patience, pause_s, reason_to_disable, state_after

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
DAY_S = 86_400.0
PATIENCE = Patience(first_retry_s=5.0, longest_retry_s=3600.0, retry_for_s=DAY_S, disable_after_s=3 * DAY_S)


def attempt(status: int | None = None, after_s: float = 0.0) -> Attempt:
    error = None if status else "Nobody listens."
    return Attempt(at=NOON + timedelta(seconds=after_s), duration_s=0.1, status=status, error=error)


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_an_answer_of_2xx_delivers(status: int) -> None:
    assert state_after(attempt(status), NOON, PATIENCE) == "delivered"


@pytest.mark.parametrize("status", [None, 199, 301, 404, 410, 429, 500])
def test_any_other_answer_or_none_is_tried_again_for_a_day(status: int | None) -> None:
    assert state_after(attempt(status), None, PATIENCE) == "pending"
    assert state_after(attempt(status, DAY_S - 1), NOON, PATIENCE) == "pending"
    assert state_after(attempt(status, DAY_S), NOON, PATIENCE) == "failed"


def test_pauses_double_up_to_an_hour_and_are_spread() -> None:
    assert [pause_s(attempts, PATIENCE, 0.0) for attempts in (1, 2, 3, 10, 11, 5000)] == [5, 10, 20, 2560, 3600, 3600]
    assert pause_s(3, PATIENCE, 1.0) == 10


def test_a_day_of_pauses_is_a_few_dozen_requests() -> None:
    waited_s, attempts = 0.0, 0
    while waited_s < DAY_S:
        attempts += 1
        waited_s += pause_s(attempts, PATIENCE, 0.0)
    assert attempts == 33


def test_an_endpoint_is_disabled_when_it_is_gone_or_fails_for_days() -> None:
    assert reason_to_disable(attempt(410), None, PATIENCE) == "It answered 410 Gone."
    assert reason_to_disable(attempt(500, 3 * DAY_S - 1), NOON, PATIENCE) is None
    failing = reason_to_disable(attempt(500, 3 * DAY_S), NOON, PATIENCE)
    assert failing == "Nothing was delivered since 2026-01-01 12:00 UTC; it last answered 500."
    silent = reason_to_disable(attempt(None, 3 * DAY_S), NOON, PATIENCE)
    assert silent == "Nothing was delivered since 2026-01-01 12:00 UTC; it last did not answer (Nobody listens.)."
