"""A large upload that is killed again and again, and what it cost: for a test and for a benchmark."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import httpx

from infra.local.ports import free_port
from infra.local.stack import Stack
from services.client import Headrace, Uploaded
from services.runtime.multipart import OpenUpload, StoredPart
from services.runtime.store import Store

_CLIENT = """
import asyncio, sys
from pathlib import Path
from services.client import Headrace

async def main(url, key, path):
    async with Headrace(url, key, use_proxies=False) as headrace:
        await headrace.upload(Path(path))

asyncio.run(main(*sys.argv[1:]))
"""


class OwnGateway(NamedTuple):
    """A gateway in a process of its own."""

    url: str
    pid: int

    @property
    def peak_bytes(self) -> int:
        """Return the most memory that it ever had."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


@asynccontextmanager
async def own_gateway(stack: Stack) -> AsyncIterator[OwnGateway]:
    """Run a gateway until the end of the context."""
    port = free_port(set())
    environment = {**os.environ, **stack.environment, "HEADRACE_GATEWAY_PORT": str(port)}
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "services.gateway.app", env=environment)
    gateway = OwnGateway(f"http://127.0.0.1:{port}", process.pid)
    try:
        await _answers(gateway.url)
        yield gateway
    finally:
        process.kill()
        await process.wait()


async def _answers(url: str) -> None:
    async with asyncio.timeout(60), httpx.AsyncClient(trust_env=False) as client:
        while True:
            try:
                if (await client.get(f"{url}/healthz")).is_success:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)


def sparse_file(path: Path, size_bytes: int) -> Path:
    """Make a file that takes no room."""
    with path.open("wb") as file:
        file.truncate(size_bytes)
    return path


async def killed_once(
    gateway: OwnGateway, key: str, path: Path, state: Path, store: Store, *, at_parts: int
) -> tuple[OpenUpload, dict[int, StoredPart]]:
    """Upload in another process, kill it once the store holds some parts, and return what it holds then."""
    environment = {**os.environ, "XDG_STATE_HOME": str(state)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _CLIENT, gateway.url, key, str(path), env=environment
    )
    upload = None
    held: dict[int, StoredPart] = {}
    async with asyncio.timeout(240):
        while len(held) < at_parts:
            assert process.returncode is None, "the upload ended before it was killed"
            await asyncio.sleep(0.02)
            upload = await begun(store, path.name)
            held = await store.multipart.parts(upload.key, upload.upload_id) if upload else {}
    process.kill()
    await process.wait()
    assert upload is not None
    return upload, await _settled(store, upload)


async def _settled(store: Store, upload: OpenUpload) -> dict[int, StoredPart]:
    """Return what is stored once the store has dealt with what it was sent before the blow."""
    held = await store.multipart.parts(upload.key, upload.upload_id)
    while True:
        await asyncio.sleep(0.3)
        now = await store.multipart.parts(upload.key, upload.upload_id)
        if now == held:
            return now
        held = now


async def begun(store: Store, name: str) -> OpenUpload | None:
    """Return the open upload of a file."""
    async for upload in store.multipart.begun("uploads/@/"):
        if upload.key.endswith(f"/{name}"):
            return upload
    return None


async def finish(
    gateway: OwnGateway, key: str, path: Path, state: Path, resume: str | None
) -> tuple[Uploaded, list[int]]:
    """Upload what is missing, and return also which parts were sent."""
    sent: list[int] = []

    async def note(request: httpx.Request) -> None:
        sent.append(int(request.url.params.get("partNumber", 1)))

    async with Headrace(gateway.url, key, use_proxies=False, state=state) as headrace:
        headrace._store_client.event_hooks["request"].append(note)
        return await headrace.upload(path, resume=resume), sent
