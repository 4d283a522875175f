"""Rate limits: token buckets in a table that all gateways share, one statement for each request."""

import math

from msgspec import Struct

from services.gateway.database import Database
from services.gateway.refusals import Refused

_AVAILABLE = "least($3, r.tokens + greatest(0, extract(epoch FROM clock_timestamp() - r.at)) * $4)"
# A request that is refused writes nothing.
_TAKE = f"""
    WITH taken AS (
        INSERT INTO rate_limits AS r (subject, route, tokens, at)
        VALUES ($1, $2, $3::float8 - 1, clock_timestamp())
        ON CONFLICT (subject, route) DO UPDATE SET tokens = {_AVAILABLE} - 1, at = clock_timestamp()
        WHERE {_AVAILABLE} >= 1
        RETURNING tokens
    )
    SELECT tokens, true AS granted FROM taken
    UNION ALL
    SELECT {_AVAILABLE}, false FROM rate_limits r
    WHERE subject = $1 AND route = $2 AND NOT EXISTS (SELECT FROM taken)
"""  # noqa: S608 (put together of constants)


class Rate(Struct, frozen=True):
    """A bucket of ``burst`` requests that fills again with ``per_s`` requests each second."""

    name: str
    burst: int
    per_s: float

    def headers(self, tokens: float) -> dict[str, str]:
        """Return what the answer says of the limit. Source: draft-ietf-httpapi-ratelimit-headers-10."""
        left, full_in_s = max(0, math.floor(tokens)), math.ceil((self.burst - tokens) / self.per_s)
        return {
            "RateLimit-Policy": f'"{self.name}";q={self.burst};w={math.ceil(self.burst / self.per_s)}',
            "RateLimit": f'"{self.name}";r={left};t={full_in_s}',
        }


class Rates:
    """Takes from the buckets."""

    def __init__(self, database: Database) -> None:
        """Use a database."""
        self._database = database

    async def take(self, subject: str, route: str, rate: Rate) -> dict[str, str]:
        """Take one request of a subject on a route out of its bucket; return headers for the answer.

        Raises: Refused: ``rate_limited``. Transient: ``database_unavailable``.
        """
        row = await self._database.row(_TAKE, subject, route, float(rate.burst), rate.per_s)
        tokens = row["tokens"] if row else 0.0
        if row is None or not row["granted"]:
            wait_s = max(1, math.ceil((1 - tokens) / rate.per_s))
            message = f"Too many requests of this kind; wait {wait_s} s before the next."
            raise Refused(429, "rate_limited", message, {"Retry-After": str(wait_s), **rate.headers(tokens)})
        return rate.headers(tokens)
