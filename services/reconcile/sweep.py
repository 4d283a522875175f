"""The sweep: looks again and again at what is not resolved, and acts on what is past its deadline.

Consumes every fact; asks durables again on ``again.v1.…``, or states what follows when nobody answers. Two sweeps side
by side do no more than one: each looks only after it has followed the whole log, and what both do has one message id.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime

from msgspec.structs import replace
from nats.aio.client import Client
from nats.errors import Error
from nats.js import JetStreamContext

from contracts.lateness import Lateness
from services.reconcile.act import Actor
from services.reconcile.deadlines import DEADLINES
from services.reconcile.overdue import Seen, actions, lateness
from services.reconcile.tell import Teller
from services.reconcile.watch import Watch, life_of
from services.runtime import follow
from services.runtime.background import together
from services.runtime.errors import Transient
from services.runtime.log import STREAM
from services.runtime.queues import queued
from services.runtime.settings import Settings
from services.runtime.store import Store

# Whatever lost many at once may be in trouble still.
_MOST_ASSETS = 100
_log = logging.getLogger("headrace.reconcile")


class Sweeper:
    """Looks at what a watch found unresolved, and acts."""

    def __init__(
        self, js: JetStreamContext, store: Store, watch: Watch, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """Use a log, a bucket, a watch of the log and a clock."""
        self._js = js
        self._watch = watch
        self._act = Actor(js, store)
        self._now = now

    async def sweep(self) -> Lateness:
        """Act on what is overdue, and return how late everything is then.

        Raises: Transient: ``log_behind``. nats.errors.Error: the log does not answer.
        """
        await self._follow()
        if self._watch.lives:
            seen = await self._seen()
            # What left a queue has stated its fact before: read in this order, nothing looks lost that is not.
            await self._follow()
            now = self._now()
            self._watch.look(seen, now)
            overdue = [life.asset_id for life in self._watch.lives.values() if actions(life, seen, now)]
            for asset_id in overdue[:_MOST_ASSETS]:
                try:
                    await self._act_on(asset_id, seen, now)
                except Transient as error:
                    _log.warning("%s waits until the next look: %s", asset_id, error)
        return lateness(self._watch.lives.values(), self._now())

    async def _follow(self) -> None:
        await self._watch.reached(await follow.end(self._js, STREAM))

    async def _act_on(self, asset_id: str, seen: Seen, now: datetime) -> None:
        """Do what the whole life of an asset calls for: what the watch remembers of it begins where it last waited."""
        life = await life_of(self._js, asset_id)
        self._watch.correct(life)
        for action in actions(life, seen, now):
            owed = action.owed
            if not await self._act(life, action):
                life.owed[owed.state, owed.part] = replace(owed, idle_since=now)

    async def _seen(self) -> Seen:
        states = {owed.state for life in self._watch.lives.values() for owed in life.owed.values()}
        durables = {DEADLINES[state].durable for state in states} - {""}
        settled = {}
        for durable in durables:
            floor = (await self._js.consumer_info(STREAM, durable)).ack_floor
            settled[durable] = floor.stream_seq if floor else 0
        return Seen(settled, await queued(self._js))


async def sweep_for_ever(watch: Watch, teller: Teller, pause_s: float, settings: Settings, connection: Client) -> None:
    """Follow the log, sweep, and tell whoever asks how late everything is."""
    js = connection.jetstream()
    async with Store.connect(settings) as store, teller.answering(connection):
        await together(watch.follow(js), _sweep_again(Sweeper(js, store, watch), teller, pause_s))


async def _sweep_again(sweeper: Sweeper, teller: Teller, pause_s: float) -> None:
    while True:
        try:
            teller.tell(await sweeper.sweep())
        except (Transient, Error, OSError) as error:
            _log.warning("what is overdue waits until the next look: %s", error)
        await asyncio.sleep(pause_s)
