"""A gateway that serves HTTP on a port of its own, and a client of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from infra.local.ports import free_port, is_free
from services.gateway import app
from services.runtime.service import Service
from services.runtime.settings import Settings
from tests.asking import bearer
from tests.processes import PATIENCE_S, until


@asynccontextmanager
async def serving(settings: Settings, key: str | None, **changes: object) -> AsyncIterator[httpx.AsyncClient]:
    """Run a gateway inside the context, with some of the settings changed; the client sends a key, or none."""
    port = free_port(set())
    own = settings.model_copy(update={"gateway_port": port, **changes})
    async with (
        httpx.AsyncClient(
            base_url=f"http://{own.gateway_host}:{port}",
            timeout=PATIENCE_S,
            trust_env=False,
            headers=bearer(key) if key else {},
        ) as client,
        running(app.build(own)),
    ):
        await until(lambda: not is_free(port))
        yield client
    await until(lambda: is_free(port))


@asynccontextmanager
async def running(service: Service) -> AsyncIterator[None]:
    """Run a service inside the context, which may be a fixture's: all of the service is in one task."""
    is_up, is_over = asyncio.Event(), asyncio.Event()

    async def run() -> None:
        async with service.app.start_lifespan_context():
            is_up.set()
            await is_over.wait()

    task = asyncio.create_task(run())
    starting = asyncio.create_task(is_up.wait())
    await asyncio.wait({task, starting}, return_when=asyncio.FIRST_COMPLETED)
    try:
        starting.cancel()
        yield
    finally:
        is_over.set()
        await task
