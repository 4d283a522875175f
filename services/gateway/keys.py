"""The table of API keys; its shape is ``infra/postgres/migrations``."""

import asyncpg

from services.gateway import audit
from services.gateway.access_documents import KeyDocument, KeyMade, KeyRequest
from services.gateway.credentials import Credential, new_credential
from services.gateway.database import Database
from services.gateway.principal import EVERY_TENANT, Admitted, Holder, Principal
from services.gateway.rates import Rate, granted, taking
from services.gateway.refusals import Refused

_ADMIT = taking("""
    SELECT key_id AS subject, tenant, scopes, coalesce(last_used_at < now() - interval '1 minute', true) AS is_idle
    FROM api_keys WHERE key_id = $4 AND secret_hash = $5 AND revoked_at IS NULL
""")
_USED = "UPDATE api_keys SET last_used_at = now() WHERE key_id = $1"
_ADD = """
    INSERT INTO api_keys (key_id, tenant, scopes, secret_hash, label) VALUES ($1, $2, $3, $4, $5)
    RETURNING created_at
"""
_LIST = """
    SELECT key_id, coalesce(tenant, '*') AS tenant, scopes, label, created_at, last_used_at, revoked_at FROM api_keys
    WHERE tenant = $1 OR ($2 AND tenant IS NULL) ORDER BY created_at DESC, key_id DESC LIMIT 1000
"""
_REVOKE = """
    UPDATE api_keys SET revoked_at = now()
    WHERE key_id = $1 AND revoked_at IS NULL AND (tenant = $2 OR ($3 AND tenant IS NULL)) RETURNING 1
"""


class Keys:
    """Reads and writes API keys."""

    def __init__(self, database: Database) -> None:
        """Use a database."""
        self._database = database

    async def admitted(self, key: Credential, route: str, rate: Rate) -> Admitted | None:
        """Let a key ask a route once, and note its use to the minute; return None when it is wrong or revoked.

        Raises: Refused: ``rate_limited``. Transient: ``database_unavailable``.
        """
        row = await self._database.row(_ADMIT, route, float(rate.burst), rate.per_s, key.identifier, key.secret_hash)
        if row is None:
            return None
        told = granted(row, rate)
        if row["is_idle"]:
            await self._database.fetch(_USED, key.identifier)
        return Admitted(Holder(row["tenant"], frozenset(row["scopes"]), key.identifier), told)

    async def add(self, principal: Principal, asked: KeyRequest) -> KeyMade:
        """Make a key; its secret is in the answer and nowhere else.

        Raises: Refused: ``tenant_missing``. Transient: ``database_unavailable``.
        """
        key = new_credential("hr")
        tenant = None if asked.every_tenant else principal.tenant
        scopes = sorted(asked.scopes)
        try:
            async with self._database.transaction() as connection:
                created_at = await connection.fetchval(
                    _ADD, key.identifier, tenant, scopes, key.secret_hash, asked.label
                )
                await audit.note(connection, principal.tenant, principal.subject, "key.created", key.identifier)
        except asyncpg.ForeignKeyViolationError as error:
            message = f"There is no tenant {tenant}; the operator makes it with POST /v1/tenants."
            raise Refused(404, "tenant_missing", message) from error
        return KeyMade(
            key_id=key.identifier,
            key=key.text,
            tenant=tenant or EVERY_TENANT,
            scopes=scopes,
            label=asked.label,
            created_at=created_at,
        )

    async def newest(self, principal: Principal) -> list[KeyDocument]:
        """Return the keys of a tenant, and to the operator those of every tenant, newest first, 1000 at most.

        Raises: Transient: ``database_unavailable``.
        """
        rows = await self._database.fetch(_LIST, principal.tenant, principal.operator)
        return [KeyDocument(**row) for row in rows]

    async def revoke(self, principal: Principal, key_id: str) -> None:
        """Make a key useless at once.

        Raises: Refused: ``key_missing``. Transient: ``database_unavailable``.
        """
        async with self._database.transaction() as connection:
            if not await connection.fetchval(_REVOKE, key_id, principal.tenant, principal.operator):
                raise Refused(404, "key_missing", "There is no such key, or it is revoked already.")
            await audit.note(connection, principal.tenant, principal.subject, "key.revoked", key_id)
