"""Lanes of deliveries in the database: leased to one worker at a time, whichever process it is in.

A lane is one asset's events for one endpoint. Its first undelivered event is tried until it is delivered or given up,
and holds back those that follow. Of several processes, `SKIP LOCKED` and the lease let one at a time have a lane.
"""

from datetime import datetime
from typing import Any

import asyncpg
from msgspec import Struct

from services.notify.decide import Attempt, State

_LEASE = """
    WITH busy AS (
        SELECT endpoint_id, e.tenant FROM webhook_lanes l JOIN webhook_endpoints e USING (endpoint_id)
        WHERE l.leased_until > now()
    ), due AS (
        SELECT l.endpoint_id, l.lane FROM webhook_lanes l JOIN webhook_endpoints e USING (endpoint_id)
        WHERE l.next_attempt_at <= now() AND l.leased_until <= now() AND e.is_enabled
            AND $2 > (SELECT count(*) FROM busy WHERE busy.endpoint_id = l.endpoint_id)
            AND $3 > (SELECT count(*) FROM busy WHERE busy.tenant = e.tenant)
        ORDER BY l.next_attempt_at LIMIT 1 FOR UPDATE OF l SKIP LOCKED
    )
    UPDATE webhook_lanes l SET leased_until = now() + make_interval(secs => $1)
    FROM due WHERE l.endpoint_id = due.endpoint_id AND l.lane = due.lane
    RETURNING l.endpoint_id, l.lane
"""
_FIRST = """
    SELECT d.endpoint_id, d.lane, d.sequence, d.body, d.attempts, d.first_attempt_at, e.tenant, e.url, e.failing_since,
        CASE WHEN e.old_secret_until > now() THEN ARRAY[e.secret, e.old_secret] ELSE ARRAY[e.secret] END AS secrets
    FROM webhook_deliveries d JOIN webhook_endpoints e USING (endpoint_id)
    WHERE d.endpoint_id = $1 AND d.lane = $2 AND d.state = 'pending' ORDER BY d.sequence LIMIT 1
"""
_LOCK = "SELECT 1 FROM webhook_lanes WHERE endpoint_id = $1 AND lane = $2 FOR UPDATE"
_SETTLE = """
    UPDATE webhook_deliveries
    SET state = $3, attempts = attempts + 1, first_attempt_at = coalesce(first_attempt_at, $4)
    WHERE endpoint_id = $1 AND sequence = $2
"""
_NOTE = """
    INSERT INTO webhook_attempts (endpoint_id, sequence, at, status, duration_s, error) VALUES ($1, $2, $3, $4, $5, $6)
"""
_WELL = "UPDATE webhook_endpoints SET failing_since = NULL WHERE endpoint_id = $1 AND failing_since IS NOT NULL"
_ILL = "UPDATE webhook_endpoints SET failing_since = $2 WHERE endpoint_id = $1 AND failing_since IS NULL"
_DISABLE = "UPDATE webhook_endpoints SET is_enabled = false, disabled_reason = $2 WHERE endpoint_id = $1"
_GO_ON = """
    UPDATE webhook_lanes SET leased_until = '-infinity', next_attempt_at = now() + make_interval(secs => $3)
    WHERE endpoint_id = $1 AND lane = $2
"""
_IS_EMPTY = (
    "SELECT NOT EXISTS (SELECT 1 FROM webhook_deliveries WHERE endpoint_id = $1 AND lane = $2 AND state = 'pending')"
)
_LEAVE = "DELETE FROM webhook_lanes WHERE endpoint_id = $1 AND lane = $2"


class Delivery(Struct, frozen=True):
    """An event to be delivered to an endpoint, and what is known of both."""

    endpoint_id: str
    lane: str
    sequence: int
    body: bytes
    attempts: int
    first_attempt_at: datetime | None
    tenant: str
    url: str
    failing_since: datetime | None
    secrets: list[str]


class Lanes:
    """Leases lanes and settles deliveries; every method may raise what asyncpg raises."""

    def __init__(
        self, pool: "asyncpg.Pool[Any]", lease_s: float, *, most_per_endpoint: int, most_per_tenant: int
    ) -> None:
        """Lease for longer than an attempt can last, at most so many lanes of one endpoint or tenant at a time."""
        self._pool = pool
        self._lease_s = lease_s
        self._most = (most_per_endpoint, most_per_tenant)

    async def lease(self) -> Delivery | None:
        """Return the first event of a lane that is due, now leased; None when no lane is."""
        async with self._pool.acquire() as connection, connection.transaction():
            lane = await connection.fetchrow(_LEASE, self._lease_s, *self._most)
            if lane is None:
                return None
            first = await connection.fetchrow(_FIRST, lane["endpoint_id"], lane["lane"])
            if first is None:
                await connection.execute(_LEAVE, lane["endpoint_id"], lane["lane"])
            return Delivery(**first) if first else None

    async def settle(
        self, done: Delivery, attempt: Attempt, state: State, pause_s: float, disabled: str | None
    ) -> None:
        """Note an attempt, and give the lane back: at once after an event that is done with, or after a pause.

        Of a delivery that was deleted meanwhile, with its endpoint, nothing is left to be noted.
        """
        lane = done.endpoint_id, done.lane
        async with self._pool.acquire() as connection, connection.transaction():
            # Whoever queues an event locks its lane first, so that none is queued into a lane that is being left.
            await connection.execute(_LOCK, *lane)
            settled = await connection.execute(_SETTLE, done.endpoint_id, done.sequence, state, attempt.at)
            if settled == "UPDATE 0":
                return
            noted = attempt.at, attempt.status, attempt.duration_s, attempt.error
            await connection.execute(_NOTE, done.endpoint_id, done.sequence, *noted)
            if attempt.succeeded:
                await connection.execute(_WELL, done.endpoint_id)
            else:
                await connection.execute(_ILL, done.endpoint_id, attempt.at)
            if disabled is not None:
                await connection.execute(_DISABLE, done.endpoint_id, disabled)
            if await connection.fetchval(_IS_EMPTY, *lane):
                await connection.execute(_LEAVE, *lane)
            else:
                await connection.execute(_GO_ON, *lane, pause_s if state == "pending" else 0.0)
