"""The table of webhooks as the gateway reads and writes it; its shape is ``infra/postgres/migrations``."""

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime

import asyncpg
from msgspec import Struct

from services.gateway.audit import note
from services.gateway.database import Database
from services.gateway.principal import Principal
from services.gateway.refusals import Refused

_CREATE = """
    INSERT INTO webhook_endpoints (endpoint_id, tenant, url, events, label, secret) VALUES ($1, $2, $3, $4, $5, $6)
    RETURNING *
"""
# Whoever makes a webhook counts alone; the foreign keys of other tables do not wait for it.
_COUNT_ALONE = "SELECT 1 FROM tenants WHERE tenant = $1 FOR NO KEY UPDATE"
_COUNT = "SELECT count(*) FROM webhook_endpoints WHERE tenant = $1"
_LIST = "SELECT * FROM webhook_endpoints WHERE tenant = $1 ORDER BY created_at DESC, endpoint_id LIMIT $2"
_ONE = "SELECT * FROM webhook_endpoints WHERE tenant = $1 AND endpoint_id = $2"
_CHANGE = """
    UPDATE webhook_endpoints SET
        url = coalesce($3, url), events = coalesce($4, events), label = coalesce($5, label),
        disabled_reason = CASE WHEN $6 THEN NULL ELSE disabled_reason END,
        failing_since = CASE WHEN $6 AND NOT is_enabled THEN NULL ELSE failing_since END,
        is_enabled = coalesce($6, is_enabled)
    WHERE tenant = $1 AND endpoint_id = $2 RETURNING *
"""
_DELETE = "DELETE FROM webhook_endpoints WHERE tenant = $1 AND endpoint_id = $2 RETURNING endpoint_id"
_ROTATE = """
    UPDATE webhook_endpoints
    SET old_secret = secret, old_secret_until = now() + make_interval(secs => $4), secret = $3
    WHERE tenant = $1 AND endpoint_id = $2 RETURNING *
"""
_REDELIVER = """
    UPDATE webhook_endpoints e
    SET redeliver_from = least(e.redeliver_from, $3), redeliver_to = greatest(e.redeliver_to, c.sequence)
    FROM webhook_cursor c WHERE e.tenant = $1 AND e.endpoint_id = $2 RETURNING e.endpoint_id
"""


class Endpoint(Struct, frozen=True):
    """A URL that is told of events; ``failing_since`` is the first failure after the last success."""

    endpoint_id: str
    url: str
    events: list[str]
    label: str
    is_enabled: bool
    disabled_reason: str | None
    failing_since: datetime | None
    created_at: datetime


class Webhooks:
    """Reads and writes endpoints; every method may raise Transient ``database_unavailable``."""

    def __init__(self, database: Database, most_per_tenant: int) -> None:
        """Use a database; a tenant has at most so many endpoints."""
        self._database = database
        self._most_per_tenant = most_per_tenant

    async def create(self, by: Principal, url: str, events: Sequence[str], label: str) -> tuple[Endpoint, str]:
        """Make an endpoint; return it and its secret, which is told this once.

        Raises: Refused: ``tenant_missing``, ``too_many_webhooks``.
        """
        endpoint_id, secret = f"wh_{secrets.token_hex(8)}", _new_secret()
        try:
            async with self._database.transaction() as connection:
                await connection.execute(_COUNT_ALONE, by.tenant)
                if await connection.fetchval(_COUNT, by.tenant) >= self._most_per_tenant:
                    message = f"The tenant has {self._most_per_tenant} webhooks, which is the most; delete one first."
                    raise Refused(409, "too_many_webhooks", message)
                row = await connection.fetchrow(_CREATE, endpoint_id, by.tenant, url, list(events), label, secret)
                await note(connection, by.tenant, by.subject, "webhook.created", endpoint_id)
        except asyncpg.ForeignKeyViolationError as error:
            raise Refused(404, "tenant_missing", f"There is no tenant {by.tenant}; make it first.") from error
        assert row is not None
        return _endpoint(row), secret

    async def newest(self, tenant: str, limit: int) -> list[Endpoint]:
        """Return a tenant's endpoints, newest first."""
        return [_endpoint(row) for row in await self._database.fetch(_LIST, tenant, limit)]

    async def one(self, tenant: str, endpoint_id: str) -> Endpoint | None:
        """Return an endpoint."""
        row = await self._database.row(_ONE, tenant, endpoint_id)
        return _endpoint(row) if row else None

    async def change(
        self,
        by: Principal,
        endpoint_id: str,
        url: str | None,
        events: Sequence[str] | None,
        label: str | None,
        *,
        is_enabled: bool | None,
    ) -> Endpoint | None:
        """Change what is not None; an endpoint that is enabled again has a clean slate."""
        listed = None if events is None else list(events)
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(_CHANGE, by.tenant, endpoint_id, url, listed, label, is_enabled)
            if row is None:
                return None
            if any(value is not None for value in (url, events, label)):
                await note(connection, by.tenant, by.subject, "webhook.changed", endpoint_id)
            if is_enabled is not None:
                act = "webhook.enabled" if is_enabled else "webhook.disabled"
                await note(connection, by.tenant, by.subject, act, endpoint_id)
        return _endpoint(row)

    async def delete(self, by: Principal, endpoint_id: str) -> bool:
        """Delete an endpoint with its ledger; tell whether there was one."""
        async with self._database.transaction() as connection:
            if await connection.fetchrow(_DELETE, by.tenant, endpoint_id) is None:
                return False
            await note(connection, by.tenant, by.subject, "webhook.deleted", endpoint_id)
        return True

    async def rotate(self, by: Principal, endpoint_id: str, overlap_s: int) -> tuple[Endpoint, str] | None:
        """Give an endpoint a new secret; the old one signs beside it for a while."""
        secret = _new_secret()
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(_ROTATE, by.tenant, endpoint_id, secret, float(overlap_s))
            if row is None:
                return None
            await note(connection, by.tenant, by.subject, "webhook.secret_rotated", endpoint_id)
        return _endpoint(row), secret

    async def redeliver(self, by: Principal, endpoint_id: str, from_sequence: int) -> bool:
        """Let events be delivered once more, from one on; tell whether there is such an endpoint."""
        async with self._database.transaction() as connection:
            if await connection.fetchrow(_REDELIVER, by.tenant, endpoint_id, from_sequence) is None:
                return False
            await note(connection, by.tenant, by.subject, "webhook.redelivered", endpoint_id)
        return True


def _new_secret() -> str:
    """Return a secret as Standard Webhooks has it: a prefix and 256 random bits in base64."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


def _endpoint(row: asyncpg.Record) -> Endpoint:
    return Endpoint(**{name: row[name] for name in Endpoint.__struct_fields__})
