"""Tells when assets will be ready, and watches how right that was.

What work takes is measured by the server, from a task's delivery to its acknowledgement. A new process is told what
others saw before it.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Collection

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg

from contracts.codec import decode
from contracts.estimates import Estimate, estimate_subject
from contracts.v1 import AssetFailed, AssetReady
from services.dispatch.decide import Waiting
from services.dispatch.dispatcher import TASKS, Dispatcher
from services.dispatch.forecast import BESIDE, Pace, Tails, estimate
from services.dispatch.load import Seen, Speeds
from services.dispatch.shares import Shares
from services.runtime.recent import Recent

_DONE = f"$JS.EVENT.METRIC.CONSUMER.ACK.{TASKS}.*"
_QUEUE_GROUP = "dispatch"
_NS = 1_000_000_000
_ASKS_WITHIN_S = 0.005
_MOST_ASSETS = 10_000
_READY = "ready"
_SETTLED_S = 1.0
"""So long after its first task came, all of an asset's work is queued that is known by then."""

Whose = tuple[str, str]


class _Done(msgspec.Struct):
    """What the server tells of a task that was acknowledged."""

    stream_seq: int
    ack_time: int
    deliveries: int


class _Told(msgspec.Struct):
    """What was told of an asset, when that was, and when it was told anything first."""

    first_at_s: float
    at_s: float
    ready_in_s: float


class Forecaster:
    """Follows what is handed out and done."""

    def __init__(self, shares: Shares, right: Callable[[float], None]) -> None:
        """Begin with nothing known; ``right`` is given the ratio of each prediction to what came true."""
        self._shares = shares
        self._right = right
        self._speeds, self._tails, self._pace = Speeds(), Tails(), Pace()
        self._told: Recent[Whose, _Told] = Recent(_MOST_ASSETS)
        self._done_at_s: Recent[Whose, float] = Recent(_MOST_ASSETS)
        self._dispatcher: Dispatcher | None = None

    async def follow(self, connection: Client, dispatcher: Dispatcher) -> None:
        """Listen and answer for as long as a dispatcher works."""
        self._dispatcher = dispatcher
        async with contextlib.AsyncExitStack() as stack:
            for subject, heard, group in (
                (_DONE, self._done, ""),
                (AssetReady.subject_filter(), self._ended, ""),
                (AssetFailed.subject_filter(), self._ended, ""),
                (estimate_subject(), self._asked, _QUEUE_GROUP),
            ):
                subscription = await connection.subscribe(subject, queue=group, cb=heard)
                stack.push_async_callback(subscription.unsubscribe)
            await dispatcher.hand_out()

    @property
    def seen(self) -> dict[str, Seen]:
        """Return what was seen lately, by kinds of work."""
        return {**self._speeds.seen, _READY: self._tails.seen}

    def recall(self, seen: dict[str, Seen]) -> None:
        """Begin with what another process saw, where nothing was seen here."""
        self._tails.recall(seen.get(_READY, []))
        self._speeds.recall({kind: pieces for kind, pieces in seen.items() if kind != _READY})

    def heard(self, tasks: Collection[Waiting]) -> None:
        """Take note of what will be told of assets whose tasks came, until all of them are there."""
        now_s = time.monotonic()
        for whose in {(task.tenant, task.asset_id) for task in tasks}:
            told = self._told.get(whose)
            if told is None or now_s - told.first_at_s < _SETTLED_S:
                ready_in_s = self.estimate(whose).ready_in_s
                if ready_in_s is not None:
                    self._told[whose] = _Told(told.first_at_s if told else now_s, now_s, ready_in_s)

    def estimate(self, whose: Whose) -> Estimate:
        """Return what is told of an asset now."""
        if self._dispatcher is None:
            return Estimate()
        return estimate(
            self._dispatcher.lanes,
            list(self._dispatcher.handed.values()),
            whose,
            shares=self._shares.of,
            speeds=self._speeds,
            tail_s=self._tails.seconds,
            pace=self._pace.value,
        )

    async def _done(self, message: Msg) -> None:
        done = msgspec.json.decode(message.data, type=_Done)
        assert self._dispatcher is not None
        task = self._dispatcher.handed.pop(done.stream_seq, None)
        if task is not None:
            if done.deliveries == 1:
                self._speeds.add(task.load, done.ack_time / _NS)
            if task.noun != BESIDE:
                self._pace.add(time.monotonic(), self._speeds.seconds(task.load) or 0.0)
                self._done_at_s[task.tenant, task.asset_id] = time.monotonic()
        # By then the worker has asked for the next one.
        asyncio.get_running_loop().call_later(_ASKS_WITHIN_S, self._dispatcher.look)

    async def _ended(self, message: Msg) -> None:
        fact = decode(message.data)
        assert isinstance(fact, AssetReady | AssetFailed)
        whose, now_s = (fact.tenant, fact.asset_id), time.monotonic()
        self._forget_work(whose)
        done_at_s, told = self._done_at_s.pop(whose, None), self._told.pop(whose, None)
        if isinstance(fact, AssetReady) and done_at_s is not None:
            self._tails.add(now_s - done_at_s)
            if told is not None:
                self._right(told.ready_in_s / (now_s - told.at_s))

    def _forget_work(self, whose: Whose) -> None:
        """Forget what was handed out of an asset: nobody says of work that was given up that it is done."""
        assert self._dispatcher is not None
        handed = self._dispatcher.handed
        for place in [place for place, task in handed.items() if (task.tenant, task.asset_id) == whose]:
            del handed[place]

    async def _asked(self, message: Msg) -> None:
        _, _, tenant, asset_id = message.subject.split(".")
        await message.respond(msgspec.json.encode(self.estimate((tenant, asset_id))))
