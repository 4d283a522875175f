"""Wiring of the catalog: one projector over one database connection, restarted whenever either end goes away."""

import contextlib

import asyncpg
from nats.aio.client import Client

from services.catalog.projector import project
from services.runtime.service import Service, run
from services.runtime.settings import Settings

_COMMAND_TIMEOUT_S = 30


def build(settings: Settings) -> Service:
    """Build the service that keeps the catalog's tables."""
    service = Service("catalog", settings)

    async def keep_tables(connection: Client) -> None:
        database = await asyncpg.connect(settings.database_url.get_secret_value(), command_timeout=_COMMAND_TIMEOUT_S)
        try:
            await project(connection.jetstream(), database)
        finally:
            with contextlib.suppress(OSError, asyncpg.InterfaceError, asyncpg.PostgresError):
                await database.close(timeout=2)

    service.background(keep_tables)
    return service


def main() -> None:
    """Run the catalog."""
    run(build, Settings)


if __name__ == "__main__":
    main()
