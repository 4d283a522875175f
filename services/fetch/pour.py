"""Writes a stream of unknown length into the bucket, holding no more than one part of it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from io import BytesIO

from services.fetch.decide import Intake, too_large
from services.runtime.errors import Permanent, Stale
from services.runtime.store import Store

_NOTHING = b""


async def pour(chunks: AsyncIterator[bytes], store: Store, key: str, intake: Intake) -> None:
    """Write an object that is new; if somebody else completed it meanwhile, theirs stays.

    Raises: Permanent: ``input_too_large``, ``input_empty``.
    """
    # What an earlier delivery of the same task began and did not end.
    async for begun in store.multipart.begun(key):
        await store.multipart.abort(begun.key, begun.upload_id)
    parts = _cut(chunks, intake)
    part = await anext(parts, _NOTHING)
    if not part:
        raise Permanent("input_empty", "The file at the URL is empty.")
    with suppress(Stale):
        if len(part) < intake.part_bytes:
            await store.put(key, part, content_type=intake.content_type, metadata=intake.metadata, if_absent=True)
            return
        async with AsyncExitStack() as undo:
            upload_id = await store.multipart.begin(key, content_type=intake.content_type, metadata=intake.metadata)
            undo.push_async_callback(store.multipart.abort, key, upload_id)
            number = 0
            while part:
                number += 1
                await store.multipart.put_part(key, upload_id, number, part)
                # Let go of before the next one fills, so that memory holds one.
                part = _NOTHING
                part = await anext(parts, _NOTHING)
            await store.multipart.complete(key, upload_id, await store.multipart.parts(key, upload_id))
            undo.pop_all()


async def _cut(chunks: AsyncIterator[bytes], intake: Intake) -> AsyncIterator[bytes]:
    """Yield what comes in parts of one length, the last excepted; a buffer hands over its bytes without a copy."""
    part = BytesIO()
    read_bytes = 0
    async for chunk in chunks:
        read_bytes += len(chunk)
        if read_bytes > intake.most_bytes:
            raise too_large(intake.most_bytes)
        left = memoryview(chunk)
        while left:
            lacking = intake.part_bytes - part.tell()
            part.write(left[:lacking])
            left = left[lacking:]
            if part.tell() == intake.part_bytes:
                yield part.getvalue()
                part = BytesIO()
    if part.tell():
        yield part.getvalue()
