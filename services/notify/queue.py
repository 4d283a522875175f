"""Deliveries in the database: queued as the log grows, or once more where somebody asked for it."""

from collections.abc import Sequence
from typing import Any

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from msgspec import Struct

from services.runtime.errors import Transient
from services.runtime.events import Happening, is_wanted
from services.runtime.locks import Lock

_ONLY_ONE = "SELECT pg_advisory_lock($1)"
_CURSOR = "SELECT sequence FROM webhook_cursor WHERE log = 'MEDIA'"
_MOVE = """
    UPDATE webhook_cursor SET sequence = $1 WHERE log = 'MEDIA' AND sequence IS NOT DISTINCT FROM $2
"""
_ENABLED = "SELECT endpoint_id, tenant, events FROM webhook_endpoints WHERE is_enabled"
# Locks a lane that is there already until the events are in it; see services/notify/lanes.py.
_OPEN = """
    INSERT INTO webhook_lanes (endpoint_id, lane) VALUES ($1, $2)
    ON CONFLICT (endpoint_id, lane) DO UPDATE SET lane = excluded.lane
"""
_ADD = """
    INSERT INTO webhook_deliveries (endpoint_id, sequence, lane, type, body) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT DO NOTHING
"""
_ADD_AGAIN = """
    INSERT INTO webhook_deliveries (endpoint_id, sequence, lane, type, body) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (endpoint_id, sequence) DO UPDATE SET state = 'pending', attempts = 0, first_attempt_at = NULL
"""
_ASKED = """
    SELECT e.endpoint_id, e.tenant, e.events, e.redeliver_from, coalesce(e.redeliver_to, c.sequence) AS redeliver_to
    FROM webhook_endpoints e JOIN webhook_cursor c ON c.log = 'MEDIA'
    WHERE e.redeliver_from IS NOT NULL AND e.is_enabled AND coalesce(e.redeliver_to, c.sequence) IS NOT NULL LIMIT 1
"""
_REACHED = """
    UPDATE webhook_endpoints SET redeliver_from = $2 WHERE endpoint_id = $1 AND redeliver_from = $3
"""
_FORGET = "DELETE FROM webhook_deliveries WHERE created_at < now() - interval '30 days' AND state <> 'pending'"


class Redelivery(Struct, frozen=True):
    """Events that an endpoint shall get once more, from a place in the log up to another one."""

    endpoint_id: str
    tenant: str
    events: list[str]
    redeliver_from: int
    redeliver_to: int


class Queue:
    """Adds deliveries through one connection; every method may raise what asyncpg raises."""

    def __init__(self, connection: "asyncpg.Connection | PoolConnectionProxy[Any]") -> None:
        """Use a connection for as long as it lives."""
        self._connection = connection

    async def be_the_only_one(self) -> None:
        """Wait until no other process fills the queue; the right to do so ends with the connection."""
        await self._connection.execute(_ONLY_ONE, Lock.WEBHOOK_QUEUE)

    async def cursor(self) -> int | None:
        """Return how far the log is queued, or None before the first look at it."""
        sequence: int | None = await self._connection.fetchval(_CURSOR)
        return sequence

    async def add(self, after: int | None, reached: int, happenings: Sequence[Happening]) -> None:
        """Queue what happened between two places in the log, for every endpoint that wants it.

        Raises: Transient: ``fenced``, when another process did it meanwhile; nothing is queued then.
        """
        async with self._connection.transaction():
            if await self._connection.execute(_MOVE, reached, after) != "UPDATE 1":
                raise Transient("fenced", f"Another process has queued what follows {after}.")
            endpoints = await self._connection.fetch(_ENABLED)
            await self._fill(
                _ADD, [(each["endpoint_id"], one) for each in endpoints for one in _wanted(each, happenings)]
            )

    async def asked(self) -> Redelivery | None:
        """Return what somebody asked to be delivered once more; before the first look at the log it waits."""
        row = await self._connection.fetchrow(_ASKED)
        return Redelivery(**row) if row else None

    async def add_again(self, asked: Redelivery, reached: int, happenings: Sequence[Happening]) -> None:
        """Queue happenings once more for one endpoint, up to a place in the log."""
        own = [one for one in happenings if one.tenant == asked.tenant and is_wanted(one.type, asked.events)]
        async with self._connection.transaction():
            await self._fill(_ADD_AGAIN, [(asked.endpoint_id, one) for one in own])
            still_from = reached + 1 if reached < asked.redeliver_to else None
            await self._connection.execute(_REACHED, asked.endpoint_id, still_from, asked.redeliver_from)

    async def forget(self) -> None:
        """Delete what was delivered or given up a month ago."""
        await self._connection.execute(_FORGET)

    async def _fill(self, statement: str, pairs: list[tuple[str, Happening]]) -> None:
        # In one order, so that two who fill the same lanes wait for, and not on, each other.
        lanes = sorted({(endpoint_id, _lane(one)) for endpoint_id, one in pairs})
        await self._connection.executemany(_OPEN, lanes)
        rows = [(endpoint_id, one.sequence, _lane(one), one.type, one.document) for endpoint_id, one in pairs]
        await self._connection.executemany(statement, rows)


def _wanted(endpoint: asyncpg.Record, happenings: Sequence[Happening]) -> list[Happening]:
    return [one for one in happenings if one.tenant == endpoint["tenant"] and is_wanted(one.type, endpoint["events"])]


def _lane(one: Happening) -> str:
    """Return what an event must stay in order with: all of its asset, or alerts of its kind."""
    return one.asset_id or one.type
