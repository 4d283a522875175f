"""The message at hand, carried beside the code: who caused what, since when, and how long media work took.

Publications inherit it as headers, so an asset's history shows its own critical path: ``ORIGIN`` is when the
first message of the chain was stored, ``MEDIA_S`` the media work along the chain; the rest was Headrace's own.
"""

import hashlib
import os
import socket
from contextvars import ContextVar
from dataclasses import dataclass

from contracts.keys import DEFAULT_TENANT

CORRELATION = "correlation_id"
SERVICE = "Headrace-Service"
CAUSE = "Headrace-Cause"
ORIGIN = "Headrace-Origin"
MEDIA_S = "Headrace-Media-S"
RECOVERED = "Headrace-Recovered"
WORKER = "Headrace-Worker"
TOOK_S = "Headrace-Took-S"

# Tenants see it: it tells machines apart without naming them.
_MACHINE = hashlib.sha256(socket.gethostname().encode()).hexdigest()[:4]


@dataclass
class Trace:
    """One delivery being worked on.

    ``cause`` is ``<stream>:<sequence>``, ``origin`` an ISO 8601 time, ``media_s`` grows with media work,
    and ``took_s`` is what of it is this delivery's own.
    ``recovered``: it is a task that was delivered before, to a worker that failed or died.
    ``asked_again`` is the sequence of the message by which an answer was asked for again, else 0.
    """

    service: str
    correlation_id: str
    cause: str
    origin: str
    asset_id: str | None = None
    tenant: str = DEFAULT_TENANT
    recipe: str = ""
    attempt: int = 0
    media_s: float = 0.0
    took_s: float = 0.0
    recovered: bool = False
    asked_again: int = 0

    def headers(self) -> dict[str, str]:
        """Return the headers that publications made under this delivery carry."""
        return {
            CORRELATION: self.correlation_id,
            SERVICE: self.service,
            CAUSE: self.cause,
            ORIGIN: self.origin,
            MEDIA_S: f"{self.media_s:.4f}",
            TOOK_S: f"{self.took_s:.4f}",
            WORKER: f"{_MACHINE}-{os.getpid()}",
            **({RECOVERED: "true"} if self.recovered else {}),
        }


current: ContextVar[Trace | None] = ContextVar("headrace_trace", default=None)


def count_media(elapsed_s: float) -> None:
    """Add the time that media work took to the delivery at hand."""
    if (trace := current.get()) is not None:
        trace.media_s += elapsed_s
        trace.took_s += elapsed_s
