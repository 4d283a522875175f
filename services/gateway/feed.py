"""The log as many listeners hear it: read once for each process, told to all.

One ordered consumer follows the log's end from the first listener on, and each message is decoded once. What is
newest is remembered; a listener is nothing but its place in the log. Who is behind what is remembered reads pages of
the log until it has caught up, so that a slow reader holds no queue and a returning one misses nothing.

One consumer for each listener would be simpler, but every listener would decode every tenant's facts.
"""

import asyncio
import contextlib
from bisect import bisect_right
from collections.abc import AsyncGenerator, Callable, Iterator
from operator import attrgetter

import msgspec
from nats.aio.client import Client

from services.runtime import follow
from services.runtime.background import keep_running
from services.runtime.errors import Permanent, Transient
from services.runtime.events import FACTS, SUBJECTS, Happening, happening
from services.runtime.follow import sequence_of
from services.runtime.log import STREAM

_PAGE = 200
_sequence = attrgetter("sequence")


class Told(msgspec.Struct, frozen=True):
    """What comes next: events in order, which may be none, and the place in the log that is reached with them."""

    cursor: int
    happenings: list[Happening]


class Feed:
    """What the listeners of one process hear."""

    def __init__(self, nats: Client, *, most_listeners: int, remembered: int = 2000) -> None:
        """Listen through a connection; ``remembered`` is how many events listeners need not look up."""
        self._nats = nats
        self._js = nats.jetstream()
        self._most_listeners = most_listeners
        self._remembered = remembered
        self._listeners = 0
        self._following: asyncio.Task[None] | None = None
        self._is_closed = False
        self._log = 0  # counts the logs that were heard; a listener stays with its own
        # All events after `_floor` up to `_head` are in `_recent`; before the first look at the log there is no place.
        self._recent: list[Happening] = []
        self._floor = self._head = -1
        self._news = asyncio.Event()

    async def start_of(self, after: int | None) -> int:
        """Return where a listener starts that has heard everything up to ``after``; None hears what comes from now on.

        Raises: Transient: ``too_many_listeners``. Permanent: ``event_unknown``.
        """
        if self._listeners >= self._most_listeners:
            raise Transient("too_many_listeners", "This gateway has as many listeners as it takes; try again soon.")
        end = await follow.end(self._js, STREAM)
        if after is not None and after > end:
            raise Permanent(
                "event_unknown", f"The log ends at event {end}; ask for what follows that or an earlier one."
            )
        return end if after is None else after

    async def listen(
        self, cursor: int, wanted: Callable[[Happening], bool], *, asset_id: str = "*", quiet_s: float
    ) -> AsyncGenerator[Told, None]:
        """Yield the wanted events after a place until the feed is closed; after ``quiet_s`` without any, none.

        ``asset_id`` names the one asset whose past is looked up.
        """
        subjects = SUBJECTS if asset_id == "*" else (FACTS.replace(">", f"*.*.{asset_id}.>"),)
        loop = asyncio.get_running_loop()
        with self._listening():
            log, spoken_at = self._log, loop.time()
            # What follows a place in another log is nobody's business.
            while log == self._log and not self._is_closed:
                left_s = spoken_at + quiet_s - loop.time()
                if left_s <= 0:
                    yield Told(cursor, [])
                    spoken_at = loop.time()
                elif self._floor < 0 or cursor >= self._head:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._news.wait(), left_s)
                else:
                    told = self._next(cursor) if cursor >= self._floor else await self._past(cursor, subjects)
                    cursor = told.cursor
                    if happenings := [one for one in told.happenings if wanted(one)]:
                        yield Told(cursor, happenings)
                        spoken_at = loop.time()

    def close(self) -> None:
        """End all listening."""
        self._is_closed = True
        self._tell()
        if self._following is not None:
            self._following.cancel()

    @contextlib.contextmanager
    def _listening(self) -> Iterator[None]:
        self._listeners += 1
        if self._following is None and not self._is_closed:
            self._following = asyncio.create_task(keep_running(self._follow, self._nats))
        try:
            yield
        finally:
            self._listeners -= 1

    async def _follow(self, _: Client) -> None:
        """Remember what the log takes; after an interruption go on where it was, unless that is another log's place."""
        end = await follow.end(self._js, STREAM)
        if not 0 <= self._head <= end:
            self._log += self._head >= 0
            self._recent, self._floor, self._head = [], end, end
            self._tell()
        async with contextlib.aclosing(follow.batches(self._js, STREAM, SUBJECTS, self._head)) as batches:
            async for messages in batches:
                self._recent += [told for message in messages if (told := happening(message))]
                self._head = sequence_of(messages[-1])
                if len(self._recent) > 2 * self._remembered:
                    forgotten = len(self._recent) - self._remembered
                    self._floor = self._recent[forgotten - 1].sequence
                    del self._recent[:forgotten]
                self._tell()

    def _tell(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()

    def _next(self, cursor: int) -> Told:
        first = bisect_right(self._recent, cursor, key=_sequence)
        found = self._recent[first : first + _PAGE]
        is_all = first + _PAGE >= len(self._recent)
        return Told(self._head if is_all else found[-1].sequence, found)

    async def _past(self, cursor: int, subjects: tuple[str, ...]) -> Told:
        # Looked up before the page, the end is no further than what an incomplete page is known to reach.
        end = await follow.end(self._js, STREAM)
        messages = await follow.page(self._js, STREAM, subjects, cursor, _PAGE)
        last = sequence_of(messages[-1]) if messages else cursor
        reached = last if len(messages) == _PAGE else max(last, end)
        return Told(reached, [told for message in messages if (told := happening(message))])
