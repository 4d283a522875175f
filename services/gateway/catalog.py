"""Queries on the catalog's tables; their shape is ``infra/postgres/schema.sql``."""

from typing import Any

import asyncpg
import msgspec

from services.gateway.database import Database
from services.gateway.documents import AssetState
from services.gateway.view import AssetView, CatalogRow, Position

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


class Catalog:
    """Reads assets through a pool of connections."""

    def __init__(self, pool: "asyncpg.Pool[Any]") -> None:
        """Read through a pool."""
        self._database = Database(pool)

    async def asset(self, asset_id: str) -> CatalogRow | None:
        """Return one asset, or None when the catalog has not seen it.

        Raises: Transient: ``database_unavailable``.
        """
        rows = await self._database.fetch(_ONE, asset_id)
        return _row(rows[0]) if rows else None

    async def newest(self, limit: int, state: AssetState | None, after: Position | None) -> list[CatalogRow]:
        """Return up to ``limit`` assets in a state, or in any, newest first, that come after a position.

        Raises: Transient: ``database_unavailable``.
        """
        created_at, asset_id = (after.created_at, after.asset_id) if after else (None, None)
        return [_row(row) for row in await self._database.fetch(_PAGE, state, created_at, asset_id, limit)]

    async def check(self) -> None:
        """Ask the database for an answer.

        Raises: Transient: ``database_unavailable``.
        """
        await self._database.fetch("SELECT 1")


def _row(row: asyncpg.Record) -> CatalogRow:
    return CatalogRow(msgspec.json.decode(row["view"], type=AssetView), row["parts"])
