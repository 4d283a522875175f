"""The circuit breaker of the store: while it is away, work is not taken instead of being tried in vain.

A failure of work is followed by one question to the store, and one look at the disk. When the one does not answer or
the other is full, the failure says nothing about the work: the message waits, counted as no try. One question a second
decides when all goes on. A store that did not take what was written is asked by writing: one that met a full disk may
answer all questions, and yet take nothing until it is started again.
"""

import asyncio
from collections.abc import Awaitable, Callable

from services.runtime.disk import Disk
from services.runtime.errors import Early, Stale, Unwritten
from services.runtime.intake import Intake
from services.runtime.store import Store

ASK_EVERY_S = 1.0

_REASON = "store"
_AWAY = "The store does not answer; see that it runs and can be reached. Work goes on by itself once it answers."
_SHUT = (
    "The store answers, but takes nothing that is written; see that it has room, then start it again (the stack's own "
    "is started again by itself). Work goes on by itself once it takes what is written."
)

Question = Callable[[], Awaitable[bool]]


class Breaker:
    """Stops and resumes work of one process as its store goes and comes."""

    def __init__(self, store: Store, disk: Disk, intake: Intake, trial: str) -> None:
        """Watch a store for an intake, which a disk that is full closes, too; ``trial`` is a key to try writing."""
        self._store = store
        self._disk = disk
        self._intake = intake
        self._trial = trial
        self._asking: asyncio.Task[None] | None = None

    async def explains(self, error: Exception) -> bool:
        """Tell whether work may have failed for the store or for want of room; if so, no more is taken meanwhile.

        Permanent errors are doubted, too: a file whose end cannot be read looks like one that is cut off.
        """
        if isinstance(error, Early | Stale):
            return False
        if self._disk.is_full():
            # The next look may be seconds away, and a store that has no room left still answers questions.
            return True
        if self._asking is None and not await self._store.answers():
            self._open(self._store.answers, _AWAY)
        if self._asking is None and isinstance(error, Unwritten) and not await self._takes():
            self._open(self._takes, _SHUT)
        return self._asking is not None

    def close(self) -> None:
        """Ask no more."""
        if self._asking is not None:
            self._asking.cancel()

    async def _takes(self) -> bool:
        return await self._store.takes(self._trial)

    def _open(self, question: Question, sentence: str) -> None:
        # Another handler may have found the same while this one waited for the answer.
        if self._asking is None:
            self._intake.pause(_REASON, sentence)
            self._asking = asyncio.create_task(self._ask(question))

    async def _ask(self, question: Question) -> None:
        while not await question():  # noqa: ASYNC110 (nobody but itself tells that it is back)
            await asyncio.sleep(ASK_EVERY_S)
        self._asking = None
        self._intake.resume(_REASON)
