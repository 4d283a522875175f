"""Publication with a PubAck: what was published is on disk when the call returns.

Work goes to its queue, and from there to workers when it is its tenant's turn.
"""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

import nats.errors
from nats.js import JetStreamContext
from nats.js.errors import APIError, NoStreamResponseError, ServerError, ServiceUnavailableError
from opentelemetry import propagate

from contracts.base import Message
from contracts.codec import encode
from contracts.v1 import DeadLetter, Work
from services.runtime import trace

ACK_TIMEOUT_S = 5.0
_WRONG_LAST_SEQUENCE = 10071
_NOT_STORED = (
    # A stream that could not write once answers nobody, until its server is started again.
    nats.errors.TimeoutError,
    nats.errors.OutboundBufferLimitError,
    NoStreamResponseError,
    ServerError,
    ServiceUnavailableError,
)


class Unstored(nats.errors.TimeoutError):
    """No stream has acknowledged a message, as the bus is away, cannot write or does not let us say it.

    ``again`` publishes it once more.
    """

    def __init__(self, subject: str, again: Callable[[], Awaitable[int]]) -> None:
        """Keep where and how to publish the message."""
        super().__init__()
        self.subject = subject
        self.again = again

    def __str__(self) -> str:
        """Return what happened."""
        return "what was published was not stored"


class Publisher:
    """Publishes messages to the subjects, and under the ids, that they derive from themselves."""

    def __init__(self, js: JetStreamContext) -> None:
        """Publish through a JetStream context."""
        self._js = js

    async def __call__(self, message: Message | DeadLetter, headers: Mapping[str, str] | None = None) -> int:
        """Publish a message, wait until the stream has it, and return its sequence there.

        A second time is a no-op within the stream's window. ``headers`` are for the server, such as expectations.

        Raises: Unstored: no stream has it. APIError: it was refused.
        """
        at_hand = trace.current.get()
        identity = message.message_id
        if at_hand and at_hand.asked_again:
            # What was lost may be remembered, and would be lost again.
            identity = f"{identity}:{at_hand.asked_again}"
        sent = {"Nats-Msg-Id": identity, **(at_hand.headers() if at_hand else {}), **(headers or {})}
        # The span at hand, if spans are made at all, becomes the parent of whatever consumes this.
        propagate.inject(sent)
        subject = message.queue_subject if isinstance(message, Work) else message.subject
        return await self._send(subject, encode(message), sent)

    async def _send(self, subject: str, body: bytes, headers: dict[str, str]) -> int:
        try:
            ack = await self._js.publish(subject, body, timeout=ACK_TIMEOUT_S, headers=headers)
        except _NOT_STORED as error:
            raise Unstored(subject, partial(self._send, subject, body, headers)) from error
        return ack.seq


def expecting(sequence: int, among: str) -> dict[str, str]:
    """Return headers: the log takes the message only if this is the last one that matches a filter, 0 for none."""
    return {
        "Nats-Expected-Last-Subject-Sequence": str(sequence),
        "Nats-Expected-Last-Subject-Sequence-Subject": among,
    }


def is_outdated(error: APIError) -> bool:
    """Tell whether the log did not take a message because another one came before it."""
    return error.err_code == _WRONG_LAST_SEQUENCE
