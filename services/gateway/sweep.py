"""Removes what has had its time: ended sessions, kept answers, full buckets and old acts; every gateway does it."""

import asyncio
import logging

from services.gateway.database import Database
from services.runtime.errors import Transient

_EVERY_S = 600.0

_OLD = (
    "DELETE FROM sessions WHERE least(expires_at, closed_at) < now() - interval '1 day'",
    "DELETE FROM session_tokens WHERE expires_at < now() - interval '1 day'",
    "DELETE FROM idempotency WHERE started_at < now() - interval '24 hours'",
    "DELETE FROM rate_limits WHERE at < now() - interval '1 hour'",
    "DELETE FROM audit WHERE at < now() - interval '400 days'",
)

_logger = logging.getLogger("headrace.gateway")


async def sweep(database: Database) -> None:
    """Remove what is old now.

    Raises: Transient: ``database_unavailable``.
    """
    for statement in _OLD:
        await database.fetch(statement)


async def keep_sweeping(database: Database) -> None:
    """Remove what is old again and again."""
    while True:
        try:
            await sweep(database)
        except Transient as error:
            _logger.warning("old rows stay for now: %s", error.message)
        await asyncio.sleep(_EVERY_S)
