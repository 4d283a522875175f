"""The table of tenants; its shape is ``infra/postgres/migrations``."""

import asyncpg
import msgspec

from services.gateway import audit
from services.gateway.access_documents import TenantChange, TenantDocument
from services.gateway.database import Database
from services.gateway.refusals import Refused

_ADD = "INSERT INTO tenants (tenant) VALUES ($1) ON CONFLICT DO NOTHING RETURNING *"
_LIST = "SELECT * FROM tenants WHERE tenant > $1 ORDER BY tenant LIMIT $2"
_CHANGE = """
    UPDATE tenants SET share = coalesce($2, share), most_tasks = nullif(coalesce($3, most_tasks), 0)
    WHERE tenant = $1 RETURNING *
"""


class Tenants:
    """Reads and writes tenants."""

    def __init__(self, database: Database) -> None:
        """Use a database."""
        self._database = database

    async def add(self, tenant: str, subject: str) -> TenantDocument:
        """Make a tenant.

        Raises: Refused: ``tenant_exists``. Transient: ``database_unavailable``.
        """
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(_ADD, tenant)
            if row is None:
                raise Refused(409, "tenant_exists", f"There is a tenant {tenant} already; use it, or take another id.")
            await audit.note(connection, tenant, subject, "tenant.created", tenant)
        return _document(row)

    async def change(self, tenant: str, change: TenantChange, subject: str) -> TenantDocument:
        """Change what a tenant may use.

        Raises: Refused: ``tenant_missing``. Transient: ``database_unavailable``.
        """
        if "\0" in tenant:
            # PostgreSQL would not even look for it.
            raise Refused(404, "tenant_missing", "There is no such tenant.")
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(_CHANGE, tenant, change.share, change.most_tasks)
            if row is None:
                raise Refused(404, "tenant_missing", f"There is no tenant {tenant}.")
            await audit.note(connection, tenant, subject, "tenant.changed", tenant)
        return _document(row)

    async def listed(self, after: str, limit: int) -> list[TenantDocument]:
        """Return tenants in the order of their ids, that come after one.

        Raises: Transient: ``database_unavailable``.
        """
        return [_document(row) for row in await self._database.fetch(_LIST, after, limit)]


def _document(row: asyncpg.Record) -> TenantDocument:
    return msgspec.convert(dict(row), type=TenantDocument)
