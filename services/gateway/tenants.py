"""The table of tenants; its shape is ``infra/postgres/migrations``."""

from services.gateway import audit
from services.gateway.access_documents import TenantDocument
from services.gateway.database import Database
from services.gateway.refusals import Refused

_ADD = "INSERT INTO tenants (tenant) VALUES ($1) ON CONFLICT DO NOTHING RETURNING tenant, created_at"
_LIST = "SELECT tenant, created_at FROM tenants WHERE tenant > $1 ORDER BY tenant LIMIT $2"


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
        return TenantDocument(**row)

    async def listed(self, after: str, limit: int) -> list[TenantDocument]:
        """Return tenants in the order of their ids, that come after one.

        Raises: Transient: ``database_unavailable``.
        """
        return [TenantDocument(**row) for row in await self._database.fetch(_LIST, after, limit)]
