"""What was seen of how long work takes, kept in PostgreSQL: a new process can tell at once when assets will be ready.

While PostgreSQL is away nothing is lost but what a process that ends meanwhile has seen since.
"""

import asyncio
import contextlib

import asyncpg
import msgspec
from nats.aio.client import Client

from services.dispatch.forecaster import Forecaster
from services.dispatch.load import Seen
from services.dispatch.settings import DispatchSettings

_COMMAND_TIMEOUT_S = 5
_READ = "SELECT kind, seen FROM seen_work"
_WRITE = """
INSERT INTO seen_work (kind, seen) VALUES ($1, $2)
ON CONFLICT (kind) DO UPDATE SET seen = excluded.seen, at = now()
"""


async def keep_seen(settings: DispatchSettings, forecaster: Forecaster, _: Client) -> None:
    """Tell a forecaster what was seen before, then write down what it sees, for ever.

    Raises: OSError, asyncpg.PostgresError, asyncpg.InterfaceError: PostgreSQL is away.
    """
    database = await asyncpg.connect(settings.database_url.get_secret_value(), command_timeout=_COMMAND_TIMEOUT_S)
    try:
        written = {row["kind"]: msgspec.json.decode(row["seen"], type=Seen) for row in await database.fetch(_READ)}
        forecaster.recall(written)
        while True:
            seen = forecaster.seen
            fresh = {kind: pieces for kind, pieces in seen.items() if pieces != written.get(kind)}
            await database.executemany(_WRITE, [(kind, _text(pieces)) for kind, pieces in fresh.items()])
            written |= fresh
            await asyncio.sleep(settings.seen_work_written_s)
    finally:
        with contextlib.suppress(OSError, asyncpg.InterfaceError, asyncpg.PostgresError):
            await database.close(timeout=2)


def _text(pieces: Seen) -> str:
    return msgspec.json.encode(pieces).decode()
