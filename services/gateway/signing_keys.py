"""The table of keys that sign playback tokens; its shape is ``infra/postgres/migrations``."""

import secrets
from datetime import datetime

import asyncpg
from msgspec import Struct

from services.gateway.audit import note
from services.gateway.database import Database
from services.gateway.principal import Principal
from services.gateway.refusals import Refused

_CREATE = """
    INSERT INTO signing_keys (key_id, tenant, secret, label) VALUES ($1, $2, $3, $4)
    RETURNING key_id, label, created_at, revoked_at
"""
_LIST = """
    SELECT key_id, label, created_at, revoked_at FROM signing_keys
    WHERE tenant = $1 ORDER BY created_at DESC, key_id LIMIT $2
"""
_REVOKE = """
    UPDATE signing_keys SET revoked_at = coalesce(revoked_at, now()) WHERE tenant = $1 AND key_id = $2 RETURNING key_id
"""
_NEWEST = """
    SELECT key_id, secret FROM signing_keys
    WHERE tenant = $1 AND revoked_at IS NULL AND ($2::text IS NULL OR key_id = $2)
    ORDER BY created_at DESC, key_id LIMIT 1
"""
# A key opens the assets of its own tenant, as long as these are there at all.
_OPENING = """
    SELECT k.secret FROM signing_keys k JOIN assets a ON a.tenant = k.tenant
    WHERE k.key_id = $1 AND k.revoked_at IS NULL AND a.asset_id = $2 AND a.state <> 'deleted'
"""


class SigningKey(Struct, frozen=True):
    """A key as it is listed, without its secret."""

    key_id: str
    label: str
    created_at: datetime
    revoked_at: datetime | None


class SigningKeys:
    """Reads and writes signing keys; every method may raise Transient ``database_unavailable``."""

    def __init__(self, database: Database) -> None:
        """Use a database."""
        self._database = database

    async def create(self, by: Principal, label: str) -> tuple[SigningKey, str]:
        """Make a key; return it and its secret, which is told this once.

        Raises: Refused: ``tenant_missing``.
        """
        key_id, secret = f"sk_{secrets.token_hex(8)}", secrets.token_hex(32)
        try:
            async with self._database.transaction() as connection:
                row = await connection.fetchrow(_CREATE, key_id, by.tenant, secret, label)
                await note(connection, by.tenant, by.subject, "signing_key.created", key_id)
        except asyncpg.ForeignKeyViolationError as error:
            raise Refused(404, "tenant_missing", f"There is no tenant {by.tenant}; make it first.") from error
        assert row is not None
        return SigningKey(**row), secret

    async def newest(self, tenant: str, limit: int) -> list[SigningKey]:
        """Return a tenant's keys, newest first, with those that were revoked."""
        return [SigningKey(**row) for row in await self._database.fetch(_LIST, tenant, limit)]

    async def revoke(self, by: Principal, key_id: str) -> bool:
        """Let a key open nothing from now on; tell whether there is such a key."""
        async with self._database.transaction() as connection:
            if await connection.fetchrow(_REVOKE, by.tenant, key_id) is None:
                return False
            await note(connection, by.tenant, by.subject, "signing_key.revoked", key_id)
        return True

    async def signing(self, tenant: str, key_id: str | None) -> tuple[str, str] | None:
        """Return id and secret of a key that is not revoked: the one that is named, or the newest."""
        row = await self._database.row(_NEWEST, tenant, key_id)
        return (row["key_id"], row["secret"]) if row else None

    async def opening(self, key_id: str, asset_id: str) -> str | None:
        """Return the secret of a key with which tokens of an asset may be signed, or None when it is not one."""
        row = await self._database.row(_OPENING, key_id, asset_id)
        return row["secret"] if row else None
