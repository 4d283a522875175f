"""Wiring of the catalog: one projector over one database connection, restarted whenever either end goes away.

Beside it whoever reads the text of text tracks, over a connection of its own.
"""

import contextlib
from collections.abc import AsyncIterator

import asyncpg
from nats.aio.client import Client

from services.catalog.projector import project
from services.catalog.transcripts import keep_transcripts
from services.runtime.service import Service, run
from services.runtime.settings import Settings
from services.runtime.store import Store

_COMMAND_TIMEOUT_S = 30


def build(settings: Settings) -> Service:
    """Build the service that keeps the catalog's tables."""
    service = Service("catalog", settings)

    async def keep_tables(connection: Client) -> None:
        async with _database(settings) as database:
            await project(connection.jetstream(), database)

    async def keep_text(_: Client) -> None:
        async with Store.connect(settings) as store, _database(settings) as database:
            await keep_transcripts(store, database)

    service.background(keep_tables)
    service.background(keep_text)
    return service


@contextlib.asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    database = await asyncpg.connect(settings.database_url.get_secret_value(), command_timeout=_COMMAND_TIMEOUT_S)
    try:
        yield database
    finally:
        with contextlib.suppress(OSError, asyncpg.InterfaceError, asyncpg.PostgresError):
            await database.close(timeout=2)


def main() -> None:
    """Run the catalog."""
    run(build, Settings)


if __name__ == "__main__":
    main()
