"""What memory holds of a file while it is written into the bucket."""

import tracemalloc
from collections.abc import AsyncIterator
from typing import Any

from services.fetch.decide import Intake
from services.fetch.pour import pour

PART_BYTES = 4 << 20
PARTS = 4
CHUNK = b"0123456789abcdef" * 4000


class Bucket:
    """A store that keeps of each part its length alone."""

    def __init__(self) -> None:
        self.multipart = self
        self.lengths: list[int] = []

    async def begun(self, _: str) -> AsyncIterator[Any]:
        for earlier in list[Any]():
            yield earlier

    async def begin(self, _: str, **__: Any) -> str:
        return "upload"

    async def put_part(self, _: str, __: str, number: int, body: bytes) -> None:
        assert number == len(self.lengths) + 1
        self.lengths.append(len(body))

    async def parts(self, *_: Any) -> dict[int, Any]:
        return {}

    async def complete(self, *_: Any) -> None:
        """Take it as complete."""

    async def abort(self, *_: Any) -> None:
        raise AssertionError


async def chunks(size_bytes: int) -> AsyncIterator[bytes]:
    while size_bytes:
        chunk = CHUNK[:size_bytes]
        size_bytes -= len(chunk)
        yield chunk


async def test_memory_holds_one_part_at_a_time() -> None:
    bucket: Any = Bucket()
    intake = Intake("video/mp4", {}, part_bytes=PART_BYTES, most_bytes=1 << 40)
    tracemalloc.start()
    try:
        await pour(chunks(PARTS * PART_BYTES + 1), bucket, "key", intake)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert bucket.lengths == [PART_BYTES] * PARTS + [1]
    assert peak_bytes < 2 * PART_BYTES
