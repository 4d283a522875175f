"""The one way that messages become bytes and back: strict, tagged JSON."""

import msgspec

from contracts.base import Message
from contracts.v1 import Alert, AnyFact, AnyTask, DeadLetter

_messages: msgspec.json.Decoder[AnyFact | AnyTask] = msgspec.json.Decoder(AnyFact | AnyTask)
_dead_letters = msgspec.json.Decoder(DeadLetter)
_alerts = msgspec.json.Decoder(Alert)
_encoder = msgspec.json.Encoder(order="deterministic")


def encode(message: Message | DeadLetter | Alert) -> bytes:
    """Return a message as JSON; the same message gives the same bytes."""
    return _encoder.encode(message)


def decode(payload: bytes) -> AnyFact | AnyTask:
    """Return the fact or task that JSON states.

    Raises: msgspec.DecodeError: not JSON, no known type, or a field of the wrong type.
    """
    return _messages.decode(payload)


def decode_dead_letter(payload: bytes) -> DeadLetter:
    """Return the dead letter that JSON states.

    Raises: msgspec.DecodeError: it is not one.
    """
    return _dead_letters.decode(payload)


def decode_alert(payload: bytes) -> Alert:
    """Return the alert that JSON states.

    Raises: msgspec.DecodeError: it is not one.
    """
    return _alerts.decode(payload)
