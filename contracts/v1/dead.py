"""Dead letters of version 1: messages that could not be dealt with, on ``dead.v1.<reason>.<service>``."""

from typing import Literal

import msgspec

Reason = Literal["poison", "permanent", "exhausted"]
"""``poison``: does not decode. ``permanent``: can never succeed. ``exhausted``: was tried too often."""


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="dead"):
    """Be a message that was given up, whole, with the reason; ``payload`` is base64 on the wire.

    ``durable`` is whose delivery failed, and ``correlation_id`` what all messages of one chain have in common; letters
    of before these fields have neither.
    """

    reason: Reason
    service: str
    code: str
    message: str
    stream: str
    source_subject: str
    sequence: int
    deliveries: int
    payload: bytes
    headers: dict[str, str] = {}
    asset_id: str | None = None
    durable: str = ""
    correlation_id: str = ""

    @property
    def subject(self) -> str:
        """Return the subject that the letter is parked on."""
        return f"dead.v1.{self.reason}.{self.service}"

    @property
    def message_id(self) -> str:
        """Return the id under which the same message is parked once."""
        return f"dead:{self.stream}:{self.sequence}:{self.durable or self.service}"
