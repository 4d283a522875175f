"""Queries on the table of uploads; its shape is ``infra/postgres/migrations/0011_uploads.sql``."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import asyncpg
import msgspec

from services.gateway.database import Database
from services.gateway.upload_session import Session, SessionState

_INSERT = """
    INSERT INTO uploads (upload_id, tenant, asset_id, key, name, size_bytes, content_type, profile, playback_policy,
                         priority, language, part_bytes, store_upload_id, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, now() + $14)
    RETURNING *
"""
_TOUCH = """
    UPDATE uploads SET expires_at = CASE state WHEN 'open' THEN greatest(expires_at, now() + $3) ELSE expires_at END
    WHERE upload_id = $1 AND tenant = $2 RETURNING *
"""
_EXTEND = "UPDATE uploads SET expires_at = greatest(expires_at, $2) WHERE upload_id = $1 AND state = 'open'"
_CLOSE = "UPDATE uploads SET state = $2, expires_at = now() WHERE upload_id = $1 AND state <> 'completed' RETURNING *"
_EXPIRE = """
    UPDATE uploads SET state = 'expired', expires_at = now()
    WHERE upload_id = $1 AND state = 'open' AND expires_at <= now() RETURNING 1
"""
_EXPIRED = "SELECT * FROM uploads WHERE state = 'open' AND expires_at <= now() ORDER BY expires_at LIMIT $1"
_OF_ASSET = "SELECT * FROM uploads WHERE asset_id = $1 AND tenant = $2 AND state = 'open'"
_KNOWN = "SELECT 1 FROM uploads WHERE state = 'open' AND key = $1 AND store_upload_id = $2"
_FORGET = "DELETE FROM uploads WHERE state <> 'open' AND expires_at < now() - interval '30 days'"


class UploadSessions:
    """Keeps uploads."""

    def __init__(self, database: Database) -> None:
        """Use a database."""
        self._database = database

    async def add(self, *values: object, idle_s: float) -> Session:
        """Open an upload: its fields from ``upload_id`` to ``store_upload_id``, in their order."""
        (row,) = await self._database.fetch(_INSERT, *values, timedelta(seconds=idle_s))
        return _session(row)

    async def touch(self, tenant: str, upload_id: str, idle_s: float) -> Session | None:
        """Return an upload of a tenant, which lives on for ``idle_s`` if it is open; None when there is none."""
        rows = await self._database.fetch(_TOUCH, upload_id, tenant, timedelta(seconds=idle_s))
        return _session(rows[0]) if rows else None

    async def of_asset(self, tenant: str, asset_id: str) -> Session | None:
        """Return the open upload of the file that will be an asset."""
        row = await self._database.row(_OF_ASSET, asset_id, tenant)
        return _session(row) if row else None

    async def extend(self, upload_id: str, until: datetime) -> None:
        """Let an open upload live at least until a time."""
        await self._database.fetch(_EXTEND, upload_id, until)

    async def close(self, upload_id: str, state: SessionState) -> None:
        """End an upload; one that was completed stays so."""
        await self._database.fetch(_CLOSE, upload_id, state)

    async def expired(self, limit: int) -> list[Session]:
        """Return open uploads whose time is over, the oldest first."""
        return [_session(row) for row in await self._database.fetch(_EXPIRED, limit)]

    @asynccontextmanager
    async def expiring(self, upload_id: str) -> AsyncIterator[bool]:
        """Expire an upload, and tell whether it still was open and its time still over; undone if the block fails."""
        async with self._database.transaction() as connection:
            yield bool(await connection.fetch(_EXPIRE, upload_id))

    async def known(self, key: str, store_upload_id: str) -> bool:
        """Tell whether a multipart upload of the store belongs to an open upload."""
        return bool(await self._database.fetch(_KNOWN, key, store_upload_id))

    async def forget(self) -> None:
        """Delete what was closed 30 days ago."""
        await self._database.fetch(_FORGET)


def _session(row: asyncpg.Record) -> Session:
    return msgspec.convert(dict(row), type=Session)
