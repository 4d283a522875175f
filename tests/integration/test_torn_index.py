"""SeaweedFS whose disk got full in the middle of an entry of its index keeps what was stored before."""

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from infra.local.folder import Folder
from infra.local.seaweedfs import SeaweedFS
from infra.local.server import is_listening, program
from infra.local.settings import settings_from
from infra.local.weed_index import ENTRY_BYTES
from services.runtime.store import Store


@asynccontextmanager
async def running(server: SeaweedFS) -> AsyncIterator[Store]:
    """Run SeaweedFS inside the context, and kill it then."""
    process = await server.spawn()
    try:
        async with asyncio.timeout(120):
            while True:
                try:
                    if await is_listening(server.port):
                        await server.prepare()
                        break
                except server.not_ready:
                    pass
                await asyncio.sleep(0.1)
        async with Store.connect(settings_from(server.environment)) as store:
            yield store
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


@pytest.mark.parametrize("torn_bytes", [0, 1, ENTRY_BYTES - 1])
async def test_what_was_stored_is_read_whatever_was_torn_off(tmp_path: Path, torn_bytes: int) -> None:
    server = SeaweedFS(Folder(tmp_path, {}))
    await server.set_up()
    async with running(server) as store:
        await store.put("uploads/a", b"kept", content_type="text/plain")
    (index,) = (tmp_path / "objects").glob("media_*.idx")
    whole = index.read_bytes()
    assert len(whole) % ENTRY_BYTES == 0
    index.write_bytes(whole + whole[:torn_bytes])
    async with running(server) as store:
        assert await store.get("uploads/a") == b"kept"
        await store.put("uploads/b", b"new", content_type="text/plain")
    assert index.stat().st_size % ENTRY_BYTES == 0


def test_entries_are_as_long_as_this_build_makes_them() -> None:
    version = subprocess.run([program("weed"), "version"], capture_output=True, text=True, check=True).stdout
    assert version.startswith("version 8000GB ")
