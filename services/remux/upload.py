"""An object that is written in parts and complete, or gone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.runtime.store import Store


class Parts:
    """The parts of one object."""

    def __init__(self, store: Store, key: str, upload_id: str) -> None:
        """Write to an upload that was begun."""
        self._store = store
        self._key = key
        self._upload_id = upload_id
        self.size_bytes = 0

    async def put(self, number: int, body: bytes) -> None:
        """Write one part."""
        await self._store.multipart.put_part(self._key, self._upload_id, number, body)
        self.size_bytes += len(body)


@asynccontextmanager
async def writing(store: Store, key: str, content_type: str) -> AsyncIterator[Parts]:
    """Offer an object's parts; at the end of the block it is complete, and if the block fails they are freed.

    Raises: Stale: the object exists.
    """
    # What an earlier delivery of the same task began and did not end.
    async for begun in store.multipart.begun(key):
        await store.multipart.abort(begun.key, begun.upload_id)
    upload_id = await store.multipart.begin(key, content_type=content_type, metadata={})
    complete = False
    try:
        yield Parts(store, key, upload_id)
        await store.multipart.complete(key, upload_id, await store.multipart.parts(key, upload_id))
        complete = True
    finally:
        if not complete:
            await store.multipart.abort(key, upload_id)
