"""The database's schema as numbered migrations; ``python -m infra.postgres.schema`` applies them.

A migration is ``migrations/NNNN_name.sql``. It runs once, in the order of the numbers and in a transaction of its own;
the table ``schema_migrations`` says which have run. It must be safe with the rows that older migrations left.
"""

import asyncio
from pathlib import Path

import asyncpg

from services.runtime.locks import Lock
from services.runtime.settings import Settings

MIGRATIONS = Path(__file__).with_name("migrations")

_LOCK = "SELECT pg_advisory_lock($1)"
_LEDGER = """
    CREATE TABLE IF NOT EXISTS schema_migrations (
        name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now()
    )
"""
_APPLIED = "SELECT name FROM schema_migrations"
_RECORD = "INSERT INTO schema_migrations (name) VALUES ($1)"


async def apply_to(settings: Settings) -> None:
    """Run the migrations that have not run; of several processes at once, one does it and the others wait.

    Raises: OSError, asyncpg.PostgresError: the database does not answer, or refuses.
    """
    connection = await asyncpg.connect(settings.database_url.get_secret_value(), timeout=5)
    try:
        await migrate(connection, MIGRATIONS)
    finally:
        # The lock goes with the connection.
        await connection.close()


async def migrate(connection: asyncpg.Connection, folder: Path) -> list[str]:
    """Run a folder's migrations that have not run; return their names, in order.

    Raises: asyncpg.PostgresError: one is refused; those before it stay.
    """
    await connection.execute(_LOCK, Lock.SCHEMA)
    await connection.execute(_LEDGER)
    applied = {row["name"] for row in await connection.fetch(_APPLIED)}
    missing = [path for path in _migrations(folder) if path.stem not in applied]
    for path in missing:
        async with connection.transaction():
            await connection.execute(path.read_text())
            await connection.execute(_RECORD, path.stem)
    return [path.stem for path in missing]


def _migrations(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.sql"))


def main() -> None:
    """Apply the schema to the database that ``HEADRACE_DATABASE_URL`` names."""
    asyncio.run(apply_to(Settings()))


if __name__ == "__main__":
    main()
