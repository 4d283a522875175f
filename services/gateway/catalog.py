"""Queries on the catalog's tables; their shape is ``infra/postgres/migrations``. Every one is bounded by a tenant."""

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
_ONE = f"{_COLUMNS} WHERE a.tenant = $1 AND a.asset_id = $2"
_PAGE = f"""{_COLUMNS}
    WHERE a.tenant = $1
      AND ($2::text IS NULL OR a.state = $2)
      AND ($3::timestamptz IS NULL OR (a.created_at, a.asset_id) < ($3, $4))
    ORDER BY a.created_at DESC, a.asset_id DESC LIMIT $5
"""


class Catalog:
    """Reads assets."""

    def __init__(self, database: Database) -> None:
        """Use a database."""
        self._database = database

    async def asset(self, tenant: str, asset_id: str) -> CatalogRow | None:
        """Return one asset, or None when the tenant has none of this id.

        Raises: Transient: ``database_unavailable``.
        """
        row = await self._database.row(_ONE, tenant, asset_id)
        return _row(row) if row else None

    async def newest(
        self, tenant: str, limit: int, state: AssetState | None, after: Position | None
    ) -> list[CatalogRow]:
        """Return up to ``limit`` assets in a state, or in any, newest first, that come after a position.

        Raises: Transient: ``database_unavailable``.
        """
        created_at, asset_id = (after.created_at, after.asset_id) if after else (None, None)
        return [_row(row) for row in await self._database.fetch(_PAGE, tenant, state, created_at, asset_id, limit)]

    async def check(self) -> None:
        """Ask the database for an answer.

        Raises: Transient: ``database_unavailable``.
        """
        await self._database.fetch("SELECT 1")


def _row(row: asyncpg.Record) -> CatalogRow:
    return CatalogRow(msgspec.json.decode(row["view"], type=AssetView), row["parts"])
