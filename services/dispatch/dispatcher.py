"""Puts tasks where workers take them, each tenant's in its turn, and no more of them than workers can begin at once.

The queue is the stream QUEUE; what is kept here only mirrors it. A task is put into TASKS under its own message id and
then deleted from QUEUE: one that dies between the two, or a second dispatcher, does so again, and TASKS takes it once.
"""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Callable, Collection

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.errors import APIError, NotFoundError

from contracts.codec import decode
from contracts.v1 import Work
from services.dispatch.aside import Aside
from services.dispatch.decide import Waiting, room
from services.dispatch.forecast import BESIDE, Lane
from services.dispatch.load import Load, load_of
from services.dispatch.shares import Shares
from services.runtime import follow
from services.runtime.publish import ACK_TIMEOUT_S
from services.runtime.recent import Recent

QUEUE, TASKS = "QUEUE", "TASKS"
POLL_S = 0.05
"""How long it may take until it is seen that a worker took what lay ready, while more waits."""

_MESSAGE_ID = "Nats-Msg-Id"
_NOT_DELETED = {10043, 10057}
_ANY_LANE = "*"
_NOUN, _TENANT = 2, 4
# TASKS is kept far shorter.
_MOST_HANDED = 1000

_log = logging.getLogger("headrace.dispatch")


class Dispatcher:
    """The queue as it is known here, lane by lane; a lane is called as the durable that its workers read."""

    def __init__(
        self, js: JetStreamContext, shares: Shares, heard: Callable[[Collection[Waiting]], None] = lambda _: None
    ) -> None:
        """Begin with nothing known; what waits is listed first.

        ``heard`` is called with tasks that came, once they stand in their lanes.
        """
        self.lanes: dict[str, Lane] = {}
        self.handed: Recent[int, Waiting] = Recent(_MOST_HANDED)
        """What was handed out last, by its place in TASKS."""
        self._heard = heard
        self._js = js
        self._shares = shares
        self._durables: dict[tuple[str, str], str] = {}
        self._known: set[str] = set()
        self._aside = Aside(js, back=self._put_back, drop=self._drop)
        self._news = asyncio.Event()

    async def listen(self) -> None:
        """Learn what waits, and what comes, for ever."""
        async with contextlib.aclosing(follow.batches(self._js, QUEUE, [f"{Work.queue_root}.>"], 0)) as batches:
            async for messages in batches:
                learnt = [await self._learn(message) for message in messages]
                self._heard([task for task in learnt if task is not None])
                self.look()

    async def follow(self, connection: Client) -> None:
        """Hear of deleted assets whose work is wanted again, or never more, for ever."""
        await self._aside.follow(connection)

    def look(self) -> None:
        """Look now whether there is anything to hand out."""
        self._news.set()

    async def hand_out(self) -> None:
        """Put what has its turn where workers take it, for ever."""
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), POLL_S if self._waiting() else None)
            self._news.clear()
            while await self._round():
                pass

    def _waiting(self) -> list[str]:
        return [name for name, lane in self.lanes.items() if lane.queue]

    async def _learn(self, message: Msg) -> Waiting | None:
        identity = (message.headers or {}).get(_MESSAGE_ID, "")
        sequence = follow.sequence_of(message)
        if identity in self._known:
            # Whoever handed it out was asked to do so again, as after a crash.
            await self._delete(sequence)
            return None
        try:
            task = Waiting.at(message.subject, sequence, identity, _load(message))
        except ValueError as error:
            _log.warning("%s", error)
            return None
        lane = await self._lane_of(task)
        if lane is None:
            _log.warning("nobody takes %s: apply the topology, then start dispatch again", task.task_subject)
            return None
        self._known.add(identity)
        self.lanes.setdefault(lane, Lane()).queue.add(task)
        return task

    async def _put_back(self, task: Waiting) -> None:
        if (lane := await self._lane_of(task)) is not None:
            self.lanes.setdefault(lane, Lane()).queue.add(task)
            self.look()

    async def _lane_of(self, task: Waiting) -> str | None:
        wanted = ((task.noun, task.lane), (task.noun, _ANY_LANE))
        if not any(one in self._durables for one in wanted):
            for consumer in await self._js.consumers_info(TASKS):
                _, _, noun, lane, *_ = (consumer.config.filter_subject or "....").split(".")
                self._durables[noun, lane] = consumer.name
        return next((self._durables[one] for one in wanted if one in self._durables), None)

    async def _round(self) -> bool:
        """Hand out at most one task of each lane, and tell whether there was one."""
        waiting = self._waiting()
        rooms = await asyncio.gather(*(self._room(name) for name in waiting))
        in_work = await self._in_work() if self._shares.are_limited else Counter[str]()
        chosen = []
        for name in (name for name, has_room in zip(waiting, rooms, strict=True) if has_room):
            full = {tenant for tenant, tasks in in_work.items() if self._is_full(tenant, tasks)}
            task = self.lanes[name].queue.take(self._shares.of, full)
            if task is not None:
                in_work[task.tenant] += task.noun != BESIDE
                chosen.append(task)
        await asyncio.gather(*(self._hand_over(task) for task in chosen))
        return bool(chosen)

    async def _room(self, durable: str) -> int:
        info = await self._js.consumer_info(TASKS, durable)
        self.lanes[durable].workers = max(1, (info.num_waiting or 0) + (info.num_ack_pending or 0))
        return room(info.num_waiting or 0, info.num_pending or 0)

    async def _in_work(self) -> Counter[str]:
        """Return how many tasks of each tenant lie ready or are worked on; what nothing waits for is not counted."""
        info = await self._js.stream_info(TASKS, subjects_filter=f"{Work.root}.>")
        in_work = Counter[str]()
        for subject, tasks in (info.state.subjects or {}).items():
            tokens = subject.split(".")
            if tokens[_NOUN] != BESIDE:
                in_work[tokens[_TENANT]] += tasks
        return in_work

    def _is_full(self, tenant: str, tasks: int) -> bool:
        most = self._shares.most_tasks(tenant)
        return most is not None and tasks >= most

    async def _hand_over(self, task: Waiting) -> None:
        with contextlib.suppress(NotFoundError):  # another dispatcher was faster
            found, is_aside = await asyncio.gather(self._js.get_msg(QUEUE, task.sequence), self._aside.takes(task))
            if is_aside:
                return
            taken = await self._js.publish(
                task.task_subject, found.data or b"", timeout=ACK_TIMEOUT_S, stream=TASKS, headers=found.headers
            )
            if not taken.duplicate:
                self.handed[taken.seq] = task
            await self._delete(task.sequence)
        self._known.discard(task.message_id)

    async def _drop(self, task: Waiting) -> None:
        await self._delete(task.sequence)
        self._known.discard(task.message_id)

    async def _delete(self, sequence: int) -> None:
        try:
            await self._js.delete_msg(QUEUE, sequence)
        except APIError as error:
            # Another dispatcher was faster; or it cannot be deleted just now, and is handed over anew after a restart.
            if error.err_code not in _NOT_DELETED:
                raise


def _load(message: Msg) -> Load:
    try:
        return load_of(decode(message.data))
    except msgspec.DecodeError:
        # Whoever takes it parks it.
        return Load("unknown")
