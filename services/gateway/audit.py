"""The audit log: who did what to whom, for acts that matter to security."""

from datetime import datetime
from typing import Any

import msgspec
from asyncpg.pool import PoolConnectionProxy
from msgspec import Struct

from services.gateway.database import Database
from services.gateway.principal import Principal

_NOTE = "INSERT INTO audit (tenant, subject, action, target) VALUES ($1, $2, $3, $4)"
_PAGE = """
    SELECT audit_id, at, subject, action, target FROM audit
    WHERE tenant = $1 AND ($2::bigint IS NULL OR audit_id < $2) ORDER BY audit_id DESC LIMIT $3
"""


class AuditEntry(Struct, frozen=True):
    """One act; ``audit_id`` grows with time."""

    audit_id: int
    at: datetime
    subject: str
    action: str
    target: str


async def note(
    connection: "PoolConnectionProxy[Any]", tenant: str | None, subject: str, action: str, target: str
) -> None:
    """Write an act down in the transaction that does it, so that neither is without the other."""
    await connection.execute(_NOTE, tenant, subject, action, target)


class Audit:
    """Reads the audit log, and notes acts of which the database is no part."""

    def __init__(self, database: Database) -> None:
        """Use a database."""
        self._database = database

    async def note(self, by: Principal, action: str, target: str) -> None:
        """Write down what is about to be done: an act that then fails is noted, none is done that is not.

        Raises: Transient: ``database_unavailable``.
        """
        await self._database.fetch(_NOTE, by.tenant, by.subject, action, target)

    async def newest(self, tenant: str, before: int | None, limit: int) -> list[AuditEntry]:
        """Return the newest acts in a tenant that are older than one of them.

        Raises: Transient: ``database_unavailable``.
        """
        return [AuditEntry(**row) for row in await self._database.fetch(_PAGE, tenant, before, limit)]

    async def keep(self, principal: Principal, action: str, asked: Struct) -> None:
        """Write down what is about to be asked for, as it is asked.

        Raises: Transient: ``database_unavailable``.
        """
        given = {name: value for name, value in msgspec.structs.asdict(asked).items() if value}
        await self.note(principal, action, msgspec.json.encode(given).decode())
