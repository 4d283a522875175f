"""Write objects while later ones are still being made, a few at a time."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from services.ladder_encode.decide import Upload
from services.runtime.store import FOREVER, Store, etag_of

MOST_IN_FLIGHT = 4


class Uploads:
    """Objects on their way to the store."""

    def __init__(self, store: Store, *, anew: bool) -> None:
        """Write to a store; ``anew``: also what seems to lie there already, for it was refused."""
        self._store = store
        self._anew = anew
        self._running: set[asyncio.Task[None]] = set()

    async def begin(self, uploads: Iterable[Upload]) -> None:
        """Begin to write objects; wait while too many are under way. Raises what an earlier one raised."""
        for upload in uploads:
            while len(self._running) >= MOST_IN_FLIGHT:
                await self._some()
            self._running.add(asyncio.create_task(self._write(upload)))

    async def finish(self) -> None:
        """Wait until everything that was begun is in the store. Raises what a write raised."""
        while self._running:
            await self._some()

    async def abandon(self) -> None:
        """End what is under way."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _write(self, upload: Upload) -> None:
        """Write an object, unless it lies there already because its task was begun before."""
        stored = None if self._anew else await self._store.head(upload.key)
        if stored is None or stored.etag != etag_of(upload.body):
            await self._store.put(upload.key, upload.body, content_type=upload.content_type, cache_control=FOREVER)

    async def _some(self) -> None:
        done, self._running = await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()


@asynccontextmanager
async def uploading(store: Store, *, anew: bool = False) -> AsyncIterator[Uploads]:
    """Offer uploads that are all in the store at the end of the block, or abandoned if it fails."""
    uploads = Uploads(store, anew=anew)
    try:
        yield uploads
        await uploads.finish()
    finally:
        await uploads.abandon()
