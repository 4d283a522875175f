"""Wiring of the gateway: the HTTP API, served beside the service's NATS connection."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator
from functools import partial

import asyncpg
import uvicorn
from nats.aio.client import Client

from services.gateway.api import api
from services.gateway.database import Database, as_it_is
from services.gateway.sweep import keep_sweeping
from services.gateway.upload_sweep import sweep_for_ever
from services.runtime.background import end
from services.runtime.service import Service, run
from services.runtime.settings import Settings
from services.runtime.store import Store

_CONNECTIONS = 8
_COMMAND_TIMEOUT_S = 5
_GRACE_S = 1


def build(settings: Settings) -> Service:
    """Build the service that answers HTTP."""
    service = Service("gateway", settings)

    async def serve(nats: Client) -> None:
        async with (
            # Without a least size the pool opens, and the gateway answers, while the database is still away.
            asyncpg.create_pool(
                settings.database_url.get_secret_value(),
                min_size=0,
                max_size=_CONNECTIONS,
                command_timeout=_COMMAND_TIMEOUT_S,
                reset=as_it_is,
            ) as pool,
            Store.connect(settings) as store,
        ):
            application = api(settings, pool, store, nats, service.intake)
            config = uvicorn.Config(
                application,
                host=settings.gateway_host,
                port=settings.gateway_port,
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=_GRACE_S,
            )
            sweeping = asyncio.create_task(keep_sweeping(Database(pool)))
            try:
                await _serve(_Server(config, application.state.feed.close))
            finally:
                await end({sweeping})

    service.background(serve)
    service.background(partial(sweep_for_ever, settings))
    return service


async def _serve(server: uvicorn.Server) -> None:
    """Serve until cancelled; requests at hand are answered before the port is given back."""
    serving = asyncio.create_task(server.serve())
    try:
        await asyncio.shield(serving)
    finally:
        server.should_exit = True
        await serving


class _Server(uvicorn.Server):
    """A server that leaves signals to the process that it is part of, and ends what would never end by itself."""

    def __init__(self, config: uvicorn.Config, end_streams: Callable[[], None]) -> None:
        super().__init__(config)
        self._end_streams = end_streams

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._end_streams()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def main() -> None:
    """Run the gateway."""
    run(build, Settings)


if __name__ == "__main__":
    main()
