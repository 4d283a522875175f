"""Publication with a PubAck: what was published is on disk when the call returns."""

from nats.js import JetStreamContext
from opentelemetry import propagate

from contracts.base import Message
from contracts.codec import encode
from contracts.v1 import DeadLetter
from services.runtime import trace

ACK_TIMEOUT_S = 5.0


class Publisher:
    """Publishes messages to the subjects, and under the ids, that they derive from themselves."""

    def __init__(self, js: JetStreamContext) -> None:
        """Publish through a JetStream context."""
        self._js = js

    async def __call__(self, message: Message | DeadLetter) -> None:
        """Publish a message and wait until the stream has it; a second time is a no-op within the stream's window."""
        at_hand = trace.current.get()
        headers = {"Nats-Msg-Id": message.message_id, **(at_hand.headers() if at_hand else {})}
        # The span at hand, if spans are made at all, becomes the parent of whatever consumes this.
        propagate.inject(headers)
        await self._js.publish(message.subject, encode(message), timeout=ACK_TIMEOUT_S, headers=headers)
