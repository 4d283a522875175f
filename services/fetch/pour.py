"""Writes a stream of unknown length into the bucket, holding no more than one part of it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress

from services.fetch.decide import Intake, too_large
from services.runtime.errors import Permanent, Stale
from services.runtime.store import Store


async def pour(chunks: AsyncIterator[bytes], store: Store, key: str, intake: Intake) -> None:
    """Write an object that is new; if somebody else completed it meanwhile, theirs stays.

    Raises: Permanent: ``input_too_large``, ``input_empty``.
    """
    # What an earlier delivery of the same task began and did not end.
    async for begun in store.multipart.begun(key):
        await store.multipart.abort(begun.key, begun.upload_id)
    parts = _cut(chunks, intake)
    first = await anext(parts, b"")
    if not first:
        raise Permanent("input_empty", "The file at the URL is empty.")
    with suppress(Stale):
        if len(first) < intake.part_bytes:
            await store.put(key, first, content_type=intake.content_type, metadata=intake.metadata, if_absent=True)
        else:
            await _write_parts(first, parts, store, key, intake)


async def _write_parts(first: bytes, others: AsyncIterator[bytes], store: Store, key: str, intake: Intake) -> None:
    async with AsyncExitStack() as undo:
        upload_id = await store.multipart.begin(key, content_type=intake.content_type, metadata=intake.metadata)
        undo.push_async_callback(store.multipart.abort, key, upload_id)
        await store.multipart.put_part(key, upload_id, 1, first)
        number = 1
        async for part in others:
            number += 1
            await store.multipart.put_part(key, upload_id, number, part)
        await store.multipart.complete(key, upload_id, await store.multipart.parts(key, upload_id))
        undo.pop_all()


async def _cut(chunks: AsyncIterator[bytes], intake: Intake) -> AsyncIterator[bytes]:
    """Yield what comes in parts of one length, the last excepted."""
    part = bytearray()
    read_bytes = 0
    async for chunk in chunks:
        read_bytes += len(chunk)
        if read_bytes > intake.most_bytes:
            raise too_large(intake.most_bytes)
        part += chunk
        while len(part) >= intake.part_bytes:
            yield bytes(part[: intake.part_bytes])
            del part[: intake.part_bytes]
    if part:
        yield bytes(part)
