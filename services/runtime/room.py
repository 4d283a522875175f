"""The memory that media work of one process shares: who wants more than is left waits for others to end."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

_SHARE = 0.7
_CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")


class Room:
    """So many bytes, lent in the order of asking."""

    def __init__(self, size_bytes: int) -> None:
        """Begin with all of them free."""
        self._size_bytes = self._free_bytes = size_bytes
        self._turn = asyncio.Lock()
        self._freed = asyncio.Event()

    @asynccontextmanager
    async def lent(self, size_bytes: int) -> AsyncIterator[None]:
        """Wait until so much is free and hold it; what is larger than all there is waits until it is alone.

        Nothing waits for nothing.
        """
        if size_bytes == 0:
            yield
            return
        wanted = min(size_bytes, self._size_bytes)
        async with self._turn:
            while self._free_bytes < wanted:
                self._freed.clear()
                await self._freed.wait()
            self._free_bytes -= wanted
        try:
            yield
        finally:
            self._free_bytes += wanted
            self._freed.set()


def shared_bytes() -> int:
    """Return what media work may take of this machine's memory, or of what its container is given."""
    installed = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        allowed = int(_CGROUP_LIMIT.read_text())
    except (OSError, ValueError):
        allowed = installed
    return int(_SHARE * min(installed, allowed))
