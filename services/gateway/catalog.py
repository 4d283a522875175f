"""Queries on the catalog's tables; their shape is ``infra/postgres/schema.sql``."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg
import msgspec

from services.gateway.documents import AssetState
from services.gateway.view import AssetView, CatalogRow, Position
from services.runtime.errors import Transient

_ACQUIRE_TIMEOUT_S = 3.0

_COLUMNS = """
    SELECT a.view, (
        SELECT count(*) FROM parts p WHERE p.asset_id = a.asset_id AND p.recipe = a.view->>'recipe'
    ) AS parts
    FROM assets a
"""
_ONE = f"{_COLUMNS} WHERE a.asset_id = $1"
_PAGE = f"""{_COLUMNS}
    WHERE ($1::text IS NULL OR a.state = $1)
      AND ($2::timestamptz IS NULL OR (a.created_at, a.asset_id) < ($2, $3))
    ORDER BY a.created_at DESC, a.asset_id DESC LIMIT $4
"""
_CHECKPOINT = "SELECT sequence FROM checkpoint WHERE log = 'MEDIA'"


class Catalog:
    """Reads assets through a pool of connections."""

    def __init__(self, pool: "asyncpg.Pool[Any]") -> None:
        """Read through a pool."""
        self._pool = pool

    async def asset(self, asset_id: str) -> CatalogRow | None:
        """Return one asset, or None when the catalog has not seen it.

        Raises: Transient: ``database_unavailable``.
        """
        rows = await self._fetch(_ONE, asset_id)
        return _row(rows[0]) if rows else None

    async def newest(self, limit: int, state: AssetState | None, after: Position | None) -> list[CatalogRow]:
        """Return up to ``limit`` assets in a state, or in any, newest first, that come after a position.

        Raises: Transient: ``database_unavailable``.
        """
        created_at, asset_id = (after.created_at, after.asset_id) if after else (None, None)
        return [_row(row) for row in await self._fetch(_PAGE, state, created_at, asset_id, limit)]

    async def checkpoint(self) -> int:
        """Return the sequence of the last fact that the catalog holds.

        Raises: Transient: ``database_unavailable``.
        """
        rows = await self._fetch(_CHECKPOINT)
        return int(rows[0]["sequence"]) if rows else 0

    async def check(self) -> None:
        """Ask the database for an answer.

        Raises: Transient: ``database_unavailable``.
        """
        await self._fetch("SELECT 1")

    async def _fetch(self, query: str, *values: object) -> list[asyncpg.Record]:
        with _database_errors():
            async with self._pool.acquire(timeout=_ACQUIRE_TIMEOUT_S) as connection:
                return await connection.fetch(query, *values)


def _row(row: asyncpg.Record) -> CatalogRow:
    return CatalogRow(msgspec.json.decode(row["view"], type=AssetView), row["parts"])


@contextmanager
def _database_errors() -> Iterator[None]:
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
