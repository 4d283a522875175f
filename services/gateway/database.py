"""The gateway's connections to PostgreSQL, with its absence told as a passing error."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from services.gateway.refusals import Refused
from services.runtime.errors import Transient

_ACQUIRE_TIMEOUT_S = 3.0


async def as_it_is(_: object) -> None:
    """Give a connection back to its pool without a round trip; what uses this pool leaves nothing behind.

    The pool itself ends a transaction that was left open. Locks, settings and listeners are for other connections.
    """


class Database:
    """Runs statements through a pool of connections; every method may raise Transient ``database_unavailable``."""

    def __init__(self, pool: "asyncpg.Pool[Any]") -> None:
        """Use a pool."""
        self._pool = pool

    async def fetch(self, query: str, *values: object) -> list[asyncpg.Record]:
        """Return the rows of one statement."""
        async with self.connection() as connection:
            return await connection.fetch(query, *values)

    async def fetch_planned(self, query: str, *values: object) -> list[asyncpg.Record]:
        """Return the rows of one statement that is planned for these very values, whatever it was for others."""
        async with self.transaction() as connection:
            await connection.execute("SET LOCAL plan_cache_mode = force_custom_plan")
            return await connection.fetch(query, *values)

    async def row(self, query: str, *values: object) -> asyncpg.Record | None:
        """Return the first row of one statement, or None."""
        async with self.connection() as connection:
            return await connection.fetchrow(query, *values)

    @asynccontextmanager
    async def transaction(self) -> "AsyncIterator[PoolConnectionProxy[Any]]":
        """Lend a connection in a transaction: all that is done inside happens, or nothing."""
        async with self.connection() as connection, connection.transaction():
            yield connection

    @asynccontextmanager
    async def connection(self) -> "AsyncIterator[PoolConnectionProxy[Any]]":
        """Lend a connection."""
        with _database_errors():
            async with self._pool.acquire(timeout=_ACQUIRE_TIMEOUT_S) as connection:
                yield connection


@contextmanager
def _database_errors() -> Iterator[None]:
    try:
        yield
    except asyncpg.CharacterNotInRepertoireError as error:
        raise Refused(400, "text_invalid", "A text holds a NUL, which nothing here can keep; leave it out.") from error
    except (
        OSError,  # a TimeoutError is one too
        asyncpg.InsufficientResourcesError,  # too many connections is one
        asyncpg.InterfaceError,
        asyncpg.InternalClientError,  # what asyncpg raises when the server dies in mid-answer
        asyncpg.OperatorInterventionError,
        asyncpg.PostgresConnectionError,
        asyncpg.TransactionRollbackError,
        asyncpg.UndefinedTableError,
    ) as error:
        raise Transient("database_unavailable", "The catalog's database does not answer; try again soon.") from error
