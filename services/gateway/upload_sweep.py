"""The sweep: uploads whose senders went away are given up, and what the store holds of them is freed.

Each gateway would sweep; a lock in the database lets one.
"""

import asyncio
import logging
from datetime import UTC, datetime, timedelta

import asyncpg
from nats.aio.client import Client

from contracts.keys import RESERVED_UPLOADS
from services.gateway.database import Database
from services.gateway.upload_sessions import UploadSessions
from services.gateway.uploads import Uploads
from services.runtime.errors import Transient
from services.runtime.locks import Lock
from services.runtime.settings import Settings
from services.runtime.store import Store

_BATCH = 100
_COMMAND_TIMEOUT_S = 5
_LONGEST_PAUSE_S = 60.0
_PAUSE_SHARE = 20

_log = logging.getLogger("headrace.gateway.sweep")


async def sweep(uploads: Uploads, sessions: UploadSessions, store: Store) -> None:
    """Expire the uploads whose time is over, and free what nobody knows."""
    for session in await sessions.expired(_BATCH):
        await uploads.expire(session)
    await sessions.forget()
    latest = datetime.now(UTC) - timedelta(seconds=uploads.idle_s)
    async for begun in store.multipart.begun(RESERVED_UPLOADS):
        # One that was begun a moment ago is about to be known, and imports are known by their parts that come.
        if begun.begun_at > latest or await sessions.known(begun.key, begun.upload_id):
            continue
        heard_at = await uploads.last_heard(begun.key, begun.upload_id)
        if heard_at is None or heard_at <= latest:
            _log.info("freeing an upload that nobody knows: %r", begun.key)
            await store.multipart.abort(begun.key, begun.upload_id)


async def sweep_for_ever(settings: Settings, connection: Client) -> None:
    """Sweep again and again, while no other gateway does."""
    dsn = settings.database_url.get_secret_value()
    async with (
        asyncpg.create_pool(dsn, min_size=0, max_size=2, command_timeout=_COMMAND_TIMEOUT_S) as pool,
        Store.connect(settings) as store,
    ):
        sessions = UploadSessions(Database(pool))
        uploads = Uploads(settings, sessions, store, connection.jetstream())
        while True:
            try:
                async with pool.acquire() as lock:
                    if await lock.fetchval("SELECT pg_try_advisory_lock($1)", Lock.UPLOAD_SWEEP):
                        try:
                            await sweep(uploads, sessions, store)
                        finally:
                            await lock.execute("SELECT pg_advisory_unlock($1)", Lock.UPLOAD_SWEEP)
            except Transient as error:
                _log.warning("uploads cannot be swept just now: %s", error)
            await asyncio.sleep(min(_LONGEST_PAUSE_S, settings.upload_idle_s / _PAUSE_SHARE))
