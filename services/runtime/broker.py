"""The connection to NATS of one service, as FastStream's broker, and how messages are read from it."""

import logging
from typing import Any

import msgspec
from faststream.nats import NatsBroker
from faststream.security import SASLPlaintext

from services.runtime.denials import Denials
from services.runtime.settings import Settings
from services.runtime.settle import Settlement
from services.runtime.telemetry import middlewares

GRACE_S = 2.0


class Codec:
    """Decodes one type strictly; what it refuses is poison."""

    def __init__(self, event_type: Any) -> None:
        """Decode this type."""
        self._decoder = msgspec.json.Decoder(event_type)

    async def decode(self, msg: Any) -> Any:
        """Return a message's event."""
        return self._decoder.decode(msg.body)

    def encode(self, msg: Any, serializer: Any = None) -> tuple[bytes, str | None]:  # noqa: ARG002 (FastStream's protocol)
        """Return an event as bytes, and their type."""
        return msgspec.json.encode(msg), "application/json"


def broker_of(
    name: str, settings: Settings, settlement: Settlement, denials: Denials, logger: logging.Logger
) -> NatsBroker:
    """Return the broker of a service."""
    security = None
    if settings.nats_user is not None and settings.nats_password is not None:
        security = SASLPlaintext(settings.nats_user, settings.nats_password.get_secret_value())
    return NatsBroker(
        settings.nats_url,
        name=f"headrace-{name}",
        security=security,
        inbox_prefix=inbox(name),
        # A finite number of attempts spins at full CPU when it is used up.
        max_reconnect_attempts=-1,
        reconnect_time_wait=1,
        graceful_timeout=GRACE_S,
        error_cb=denials.heard,
        # The codec has decoded strictly already; a second validation could only disagree.
        serializer=None,
        middlewares=[*middlewares(settings, name), settlement],
        logger=logger,
        log_level=logging.DEBUG,
    )


def inbox(name: str) -> str:
    """Return the prefix of where answers go to a service, which others need not be allowed to hear."""
    return f"_INBOX_{name}"
