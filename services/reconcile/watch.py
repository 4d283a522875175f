"""Follows the log, and keeps of it what is not resolved: in memory, for the log can be followed again."""

import asyncio
import contextlib
from datetime import datetime

import msgspec
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from contracts import again
from contracts.codec import decode
from contracts.v1 import Fact
from services.reconcile.life import Life
from services.reconcile.overdue import Seen, waits
from services.runtime import follow
from services.runtime.errors import Transient
from services.runtime.log import STREAM, read_back

# Also what is no fact, so that the end of the stream is reached.
_EVERYTHING = (">",)
_PATIENCE_S = 30.0


class Watch:
    """The lives of assets that wait for something."""

    def __init__(self) -> None:
        """Begin before the log's first message."""
        self.lives: dict[str, Life] = {}
        self._sequence = 0
        self._moved = asyncio.Condition()

    async def follow(self, js: JetStreamContext) -> None:
        """Fold the log from where it was left, for ever.

        Raises: Transient: ``log_interrupted``: follow again. nats.errors.Error: the server is away.
        """
        if await follow.end(js, STREAM) < self._sequence:  # it is another log
            self._sequence = 0
            self.lives.clear()
        async with contextlib.aclosing(follow.batches(js, STREAM, _EVERYTHING, self._sequence)) as batches:
            async for messages in batches:
                for message in messages:
                    self._take(message)
                async with self._moved:
                    self._sequence = follow.sequence_of(messages[-1])
                    self._moved.notify_all()

    async def reached(self, sequence: int) -> None:
        """Return once the log was followed up to a sequence.

        Raises: Transient: ``log_behind``, when that takes long: what is missing may be known to others.
        """
        try:
            async with asyncio.timeout(_PATIENCE_S), self._moved:
                await self._moved.wait_for(lambda: self._sequence >= sequence)
        except TimeoutError as error:
            message = f"The log was followed up to {self._sequence}, but not to {sequence}; see whether NATS is well."
            raise Transient("log_behind", message) from error

    def look(self, seen: Seen, now: datetime) -> None:
        """Remember of everything that is in a queue now that it was."""
        for life in self.lives.values():
            for key, owed in life.owed.items():
                if owed.idle_since < now and waits(life, owed, seen):
                    life.owed[key] = msgspec.structs.replace(owed, idle_since=now)

    def correct(self, life: Life) -> None:
        """Put the whole life of an asset in the place of what was remembered of it."""
        before = self.lives.pop(life.asset_id, None)
        for key, owed in life.owed.items():
            known = before.owed.get(key) if before else None
            if known is not None and known.sequence == owed.sequence and known.idle_since > owed.idle_since:
                life.owed[key] = msgspec.structs.replace(owed, idle_since=known.idle_since)
        if life.owed:
            self.lives[life.asset_id] = life

    def _take(self, message: Msg) -> None:
        told = told_by(message)
        if told is None:
            return
        life = self.lives.get(told.asset_id) or Life(told.asset_id)
        life.take(follow.sequence_of(message), message.metadata.timestamp, told)
        if life.owed:
            self.lives[life.asset_id] = life
        else:
            self.lives.pop(life.asset_id, None)


async def life_of(js: JetStreamContext, asset_id: str) -> Life:
    """Return the whole life of an asset, read back from the log."""
    config = ConsumerConfig(
        deliver_policy=DeliverPolicy.ALL,
        ack_policy=AckPolicy.NONE,
        filter_subjects=[f"media.v1.*.*.{asset_id}.>", again.asked_about(asset_id)],
    )
    life = Life(asset_id)
    for message in await read_back(js, STREAM, config):
        if (told := told_by(message)) is not None:
            life.take(follow.sequence_of(message), message.metadata.timestamp, told)
    return life


def told_by(message: Msg) -> Fact | again.Asked | None:
    """Return the fact in a message of the log, or what it asks again; None of alerts, and of what does not decode."""
    if again.is_again(message.subject):
        return again.asked_by(message.subject, message.headers)
    if message.subject.startswith("alert."):
        return None
    try:
        told = decode(message.data)
    except msgspec.DecodeError:
        return None
    return told if isinstance(told, Fact) else None
