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

from services.gateway.seats import Seat, Seats
from services.runtime import follow
from services.runtime.background import end, keep_running
from services.runtime.errors import Permanent
from services.runtime.events import ALERTS, FACTS, SUBJECTS, Happening, happening
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

    def __init__(self, nats: Client, seats: Seats, *, most_s: float, remembered: int = 2000) -> None:
        """Listen through a connection, for listeners who have a seat and hear for at most ``most_s``.

        ``remembered`` is how many events they need not look up.
        """
        self._nats = nats
        self._js = nats.jetstream()
        self._seats = seats
        self._most_s = most_s
        self._remembered = remembered
        self._following: asyncio.Task[None] | None = None
        self._ending: asyncio.Task[None] | None = None
        self._is_closed = False
        self._log = 0  # counts the logs that were heard; a listener stays with its own
        # All events after `_floor` up to `_head` are in `_recent`; before the first look at the log there is no place.
        self._recent: list[Happening] = []
        self._floor = self._head = -1
        self._news = asyncio.Event()

    async def start_of(self, after: int | None) -> int:
        """Return where a listener starts that has heard everything up to ``after``; None hears what comes from now on.

        Raises: Permanent: ``event_unknown``.
        """
        end = await follow.end(self._js, STREAM)
        if after is not None and after > end:
            raise Permanent(
                "event_unknown", f"The log ends at event {end}; ask for what follows that or an earlier one."
            )
        return end if after is None else after

    def listen(
        self, tenant: str, cursor: int, wanted: Callable[[Happening], bool], *, asset_id: str = "*", quiet_s: float
    ) -> AsyncGenerator[Told, None]:
        """Take a seat for a tenant's listener and return what it hears: the wanted events after a place.

        After ``quiet_s`` without any, none are told. It ends when the feed is closed, and before that after a while:
        who is still allowed to listen comes back. ``asset_id`` names the one asset whose past is looked up.

        Raises: Transient: ``too_many_listeners``. Refused: ``too_many_listeners_of_tenant``.
        """
        return self._heard(self._seats.take(tenant), cursor, wanted, asset_id, quiet_s)

    async def _heard(
        self, seat: Seat, cursor: int, wanted: Callable[[Happening], bool], asset_id: str, quiet_s: float
    ) -> AsyncGenerator[Told, None]:
        subjects = SUBJECTS
        if asset_id != "*":
            # Which of a tenant's alerts are about an asset, their subjects do not say.
            subjects = (FACTS.replace(">", f"*.*.{asset_id}.>"), ALERTS.replace(">", f"*.{seat.tenant}.>"))
        loop = asyncio.get_running_loop()
        with self._listening(seat):
            log, spoken_at = self._log, loop.time()
            ends_at = spoken_at + self._most_s
            # What follows a place in another log is nobody's business.
            while log == self._log and not self._is_closed and loop.time() < ends_at:
                left_s = spoken_at + quiet_s - loop.time()
                if left_s <= 0:
                    yield Told(cursor, [])
                    spoken_at = loop.time()
                elif self._floor < 0 or cursor >= self._head:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._news.wait(), min(left_s, ends_at - loop.time()))
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
            self._ending = asyncio.create_task(end({self._following}))

    @contextlib.contextmanager
    def _listening(self, seat: Seat) -> Iterator[None]:
        if self._following is None and not self._is_closed:
            self._following = asyncio.create_task(keep_running(self._follow, self._nats))
        try:
            yield
        finally:
            self._seats.leave(seat)

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
