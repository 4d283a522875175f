"""The connection to NATS of one service, as FastStream's broker, and how messages are read from it."""

import logging
from typing import Any

import msgspec
from faststream.middlewares import AckPolicy
from faststream.nats import JStream, NatsBroker, PullSub
from faststream.nats.subscriber.usecases import PullStreamSubscriber
from faststream.security import SASLPlaintext

from services.runtime.denials import Denials
from services.runtime.intake import Gate, Intake
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


def subscribed(broker: NatsBroker, name: str, stream: str, durable: str, event_type: Any) -> PullStreamSubscriber:
    """Return a new reader of a durable for the service of a name; infra makes stream and durable."""
    codec: Any = Codec(event_type)
    # One message at a time for each reader: a prefetched one would wait without a heartbeat and run twice.
    subscriber = broker.subscriber(
        # Only named in logs and documents: the durable that infra made decides what comes.
        f"{stream}.{durable}",
        stream=JStream(stream, declare=False),
        durable=durable,
        pull_sub=PullSub(batch_size=1, timeout=5.0),
        ack_policy=AckPolicy.NACK_ON_ERROR,
        codec=codec,
        inbox_prefix=f"{inbox(name)}.".encode(),
    )
    assert isinstance(subscriber, PullStreamSubscriber)
    return subscriber


def gate(broker: NatsBroker, intake: Intake) -> None:
    """Have nothing pulled while no work is taken; the first pull of all is under way, and is held back later."""
    for subscriber in broker.subscribers:
        if isinstance(subscriber, PullStreamSubscriber) and subscriber.subscription is not None:
            subscriber.subscription = Gate(subscriber.subscription, intake)  # type: ignore[assignment]  # in its place


def inbox(name: str) -> str:
    """Return the prefix of where answers go to a service, which others need not be allowed to hear."""
    return f"_INBOX_{name}"
