"""The gateway's access to PostgreSQL: queries through a pool, and errors that say whether they may pass."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg

from services.runtime.errors import Transient

_ACQUIRE_TIMEOUT_S = 3.0


class Database:
    """Queries through a pool of connections."""

    def __init__(self, pool: "asyncpg.Pool[Any]") -> None:
        """Use a pool."""
        self._pool = pool

    async def fetch(self, query: str, *values: object) -> list[asyncpg.Record]:
        """Return the rows of a query.

        Raises: Transient: ``database_unavailable``.
        """
        with database_errors():
            async with self._pool.acquire(timeout=_ACQUIRE_TIMEOUT_S) as connection:
                return await connection.fetch(query, *values)


@contextmanager
def database_errors() -> Iterator[None]:
    """Turn what a server that is away fails with into an error that passes.

    Raises: Transient: ``database_unavailable``.
    """
    try:
        yield
    except (
        OSError,  # a TimeoutError is one too
        asyncpg.InterfaceError,
        asyncpg.InternalClientError,  # what asyncpg raises when the server dies in mid-answer
        asyncpg.OperatorInterventionError,
        asyncpg.PostgresConnectionError,
        asyncpg.UndefinedTableError,
    ) as error:
        raise Transient("database_unavailable", "The catalog's database does not answer; try again soon.") from error
