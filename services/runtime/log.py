"""Reading the log back: fan-ins are folds over an asset's facts, not private tables."""

from typing import TypeVar

import msgspec
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from contracts.codec import decode
from contracts.v1 import Fact, facts_of

STREAM = "MEDIA"
_BATCH = 256
_FORGOTTEN_AFTER_S = 30.0

F = TypeVar("F", bound=Fact)


class FactLog:
    """Reads facts from the MEDIA stream."""

    def __init__(self, js: JetStreamContext) -> None:
        """Read through a JetStream context."""
        self._js = js

    async def facts(self, asset_id: str, *kinds: type[F]) -> list[F]:
        """Return the last fact of every subject of these kinds about one asset, in the order of the stream.

        Facts that do not decode are left out: whoever consumes them parks them.
        """
        config = ConsumerConfig(
            deliver_policy=DeliverPolicy.LAST_PER_SUBJECT,
            ack_policy=AckPolicy.NONE,
            filter_subjects=[kind.subject_filter(asset_id) for kind in kinds],
        )
        messages = await read_back(self._js, STREAM, config)
        return [fact for message in messages if isinstance(fact := _decoded(message.data), kinds)]

    async def known(self, kind: type[Fact], asset_id: str) -> bool:
        """Tell whether the log holds a fact of a kind about an asset."""
        return bool(await self.stated(kind.subject_filter(asset_id)))

    async def end_of(self, asset_id: str) -> int:
        """Return the sequence of the last fact about an asset, 0 for none."""
        return await self.last_sequence(facts_of(asset_id))

    async def last_sequence(self, subject_filter: str) -> int:
        """Return the sequence of the last fact that matches a filter, 0 for none."""
        try:
            return (await self._js.get_last_msg(STREAM, subject_filter)).seq or 0
        except NotFoundError:
            return 0

    async def stated(self, subject_filter: str) -> set[str]:
        """Return the subjects of the facts that the log holds, of those that match a subject or filter."""
        info = await self._js.stream_info(STREAM, subjects_filter=subject_filter)
        return set(info.state.subjects or ())


async def read_back(js: JetStreamContext, stream: str, config: ConsumerConfig, limit: int | None = None) -> list[Msg]:
    """Return what a consumer has to deliver at this moment, or the first ``limit`` messages of it."""
    short_lived = config.evolve(mem_storage=True, inactive_threshold=_FORGOTTEN_AFTER_S)
    subscription = await js.pull_subscribe("", stream=stream, config=short_lived)
    info = await subscription.consumer_info()
    pending = info.num_pending or 0
    wanted = pending if limit is None else min(limit, pending)
    try:
        messages: list[Msg] = []
        while len(messages) < wanted:
            messages += await subscription.fetch(min(_BATCH, wanted - len(messages)))
    finally:
        await subscription.unsubscribe()
        await js.delete_consumer(stream, info.name)
    return messages


def _decoded(payload: bytes) -> object:
    try:
        return decode(payload)
    except msgspec.DecodeError:
        return None
