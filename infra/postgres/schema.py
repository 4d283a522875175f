"""The schema of the read model, and the one command that applies it: ``python -m infra.postgres.schema``."""

import asyncio
from pathlib import Path

import asyncpg

from services.runtime.settings import Settings

SCHEMA = Path(__file__).with_name("schema.sql")
MIGRATIONS = Path(__file__).with_name("migrations")


async def apply_to(settings: Settings) -> None:
    """Make what ``schema.sql`` states and is missing; applying it again changes nothing.

    Raises: OSError, asyncpg.PostgresError: the database does not answer, or refuses.
    """
    connection = await asyncpg.connect(settings.database_url.get_secret_value(), timeout=5)
    try:
        await connection.execute(SCHEMA.read_text())
        for migration in sorted(MIGRATIONS.glob("*.sql")):
            await connection.execute(migration.read_text())
    finally:
        await connection.close()


def main() -> None:
    """Apply the schema to the database that ``HEADRACE_DATABASE_URL`` names."""
    asyncio.run(apply_to(Settings()))


if __name__ == "__main__":
    main()
