"""The circuit breaker of the store: while it is away, work is not taken instead of being tried in vain.

A failure of work is followed by one question to the store, and one look at the disk. When the one does not answer or
the other is full, the failure says nothing about the work: the message waits, counted as no try. One question a second
decides when all goes on.
"""

import asyncio

from services.runtime.disk import Disk
from services.runtime.errors import Early, Stale
from services.runtime.intake import Intake
from services.runtime.store import Store

ASK_EVERY_S = 1.0

_REASON = "store"
_SENTENCE = "The store does not answer; see that it runs and can be reached. Work goes on by itself once it answers."


class Breaker:
    """Stops and resumes work of one process as its store goes and comes."""

    def __init__(self, store: Store, disk: Disk, intake: Intake) -> None:
        """Watch a store for an intake, which a disk that is full closes, too."""
        self._store = store
        self._disk = disk
        self._intake = intake
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
            self._open()
        return self._asking is not None

    def close(self) -> None:
        """Ask no more."""
        if self._asking is not None:
            self._asking.cancel()

    def _open(self) -> None:
        # Another handler may have found the same while this one waited for the answer.
        if self._asking is None:
            self._intake.pause(_REASON, _SENTENCE)
            self._asking = asyncio.create_task(self._ask())

    async def _ask(self) -> None:
        while not await self._store.answers():  # noqa: ASYNC110 (nobody but itself tells that it is back)
            await asyncio.sleep(ASK_EVERY_S)
        self._asking = None
        self._intake.resume(_REASON)
