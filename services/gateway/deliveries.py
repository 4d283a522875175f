"""What became of the events that webhooks were told; the tables are the service ``notify``'s."""

from datetime import datetime

from msgspec import Struct

from services.gateway.database import Database

_DELIVERIES = """
    SELECT d.sequence, d.type, d.lane, d.state, d.attempts, d.created_at, a.at, a.status, a.duration_s, a.error
    FROM webhook_deliveries d JOIN webhook_endpoints e USING (endpoint_id) LEFT JOIN LATERAL (
        SELECT at, status, duration_s, error FROM webhook_attempts t
        WHERE t.endpoint_id = d.endpoint_id AND t.sequence = d.sequence ORDER BY at DESC LIMIT 1
    ) a ON true
    WHERE e.tenant = $1 AND d.endpoint_id = $2 AND ($3::bigint IS NULL OR d.sequence < $3)
      AND ($4::text IS NULL OR d.state = $4)
    ORDER BY d.sequence DESC LIMIT $5
"""
_ATTEMPTS = """
    SELECT a.at, a.status, a.duration_s, a.error FROM webhook_attempts a JOIN webhook_endpoints e USING (endpoint_id)
    WHERE e.tenant = $1 AND a.endpoint_id = $2 AND a.sequence = $3 ORDER BY a.at LIMIT 200
"""


class Attempt(Struct, frozen=True):
    """One request; without an answer there is no ``status``, and ``error`` says why."""

    at: datetime
    status: int | None
    duration_s: float
    error: str | None


class Delivery(Struct, frozen=True):
    """An event on its way to an endpoint, with the last attempt."""

    sequence: int
    type: str
    state: str
    attempts: int
    created_at: datetime
    last_attempt: Attempt | None


class Deliveries:
    """Reads the ledger of a tenant's endpoints; every method may raise Transient ``database_unavailable``."""

    def __init__(self, database: Database) -> None:
        """Use a database."""
        self._database = database

    async def newest(
        self, tenant: str, endpoint_id: str, before: int | None, state: str | None, limit: int
    ) -> list[Delivery]:
        """Return deliveries in a state, or in any, the latest events first."""
        rows = await self._database.fetch(_DELIVERIES, tenant, endpoint_id, before, state, limit)
        return [
            Delivery(
                row["sequence"],
                row["type"],
                row["state"],
                row["attempts"],
                row["created_at"],
                Attempt(row["at"], row["status"], row["duration_s"], row["error"]) if row["at"] else None,
            )
            for row in rows
        ]

    async def attempts(self, tenant: str, endpoint_id: str, sequence: int) -> list[Attempt]:
        """Return the attempts to deliver an event, in order."""
        return [Attempt(**row) for row in await self._database.fetch(_ATTEMPTS, tenant, endpoint_id, sequence)]
