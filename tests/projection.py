"""The catalog's tables in tests: made anew, filled from the log, and read back."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from nats.js import JetStreamContext

from contracts.codec import encode
from contracts.v1 import AnyFact
from services.catalog import tables
from services.catalog.projector import project
from services.runtime.background import end
from services.runtime.settings import Settings
from tests.processes import PATIENCE_S


async def renew_tables(database: asyncpg.Connection) -> None:
    """Empty the read model; what no log holds, such as keys, stays."""
    await tables.start_over(database)


async def publish(js: JetStreamContext, facts: Iterable[AnyFact]) -> None:
    """Write facts to the log, in order."""
    for fact in facts:
        await js.publish(fact.subject, encode(fact), headers={"Nats-Msg-Id": fact.message_id})


@asynccontextmanager
async def projecting(settings: Settings, js: JetStreamContext) -> AsyncIterator[asyncio.Task[None]]:
    """Run a projector inside the context."""
    connection = await asyncpg.connect(settings.database_url.get_secret_value())
    task = asyncio.create_task(project(js, connection))
    try:
        yield task
    finally:
        await end({task})
        await connection.close()


async def folded(database: asyncpg.Connection, js: JetStreamContext) -> None:
    """Return once the tables hold all of the log."""
    end = (await js.stream_info("MEDIA")).state.last_seq
    async with asyncio.timeout(PATIENCE_S):
        while await database.fetchval("SELECT sequence FROM checkpoint") != end:
            await asyncio.sleep(0.01)


async def rows(database: asyncpg.Connection) -> dict[str, list[Any]]:
    """Return every row of the read model, by table."""
    return {
        "assets": await database.fetch("SELECT * FROM assets ORDER BY asset_id"),
        "parts": await database.fetch("SELECT * FROM parts ORDER BY asset_id, recipe, part"),
        "checkpoint": await database.fetch("SELECT * FROM checkpoint"),
    }
