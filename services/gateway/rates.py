"""Rate limits: token buckets in a table that all gateways share, one statement for each request."""

import math
from collections.abc import Mapping

import asyncpg
from msgspec import Struct

from services.gateway.database import Database
from services.gateway.refusals import Refused
from services.runtime.settings import Settings

# Players fill their buffers at once.
_PLAYBACK_BURST_S = 4

_AVAILABLE = "least($2, r.tokens + greatest(0, extract(epoch FROM clock_timestamp() - r.at)) * $3)"


def taking(proof: str) -> str:
    """Return a statement that takes a request out of the bucket of whom ``proof`` finds, and tells what it found.

    ``proof`` is a query with a column ``subject`` and at most one row; its parameters begin with $4.
    """
    # A request that is refused writes nothing.
    return f"""
        WITH proven AS ({proof}), taken AS (
            INSERT INTO rate_limits AS r (subject, route, tokens, at)
            SELECT subject, $1, $2::float8 - 1, clock_timestamp() FROM proven
            ON CONFLICT (subject, route) DO UPDATE SET tokens = {_AVAILABLE} - 1, at = clock_timestamp()
            WHERE {_AVAILABLE} >= 1
            RETURNING tokens
        )
        SELECT proven.*, coalesce(taken.tokens, {_AVAILABLE}) AS tokens, taken IS NOT NULL AS is_granted
        FROM proven LEFT JOIN taken ON true LEFT JOIN rate_limits r ON r.subject = proven.subject AND r.route = $1
    """  # noqa: S608 (put together of constants)


_TAKE = taking("SELECT $4::text AS subject")


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


class Limits(Struct, frozen=True):
    """How much may be asked: by each key or user, by an address without either, and by its players."""

    of_holder: Rate
    of_address: Rate
    playback: Rate

    @classmethod
    def of(cls, settings: Settings) -> "Limits":
        """Return the limits that settings say."""
        burst, per_s = settings.rate_limit_burst, settings.rate_limit_per_s
        playback_per_s = settings.playback_rate_limit_per_s
        return cls(
            of_holder=Rate("requests", burst, per_s),
            of_address=Rate("address", burst, per_s),
            playback=Rate("playback", math.ceil(_PLAYBACK_BURST_S * playback_per_s), playback_per_s),
        )


class Rates:
    """Takes from the buckets."""

    def __init__(self, database: Database) -> None:
        """Use a database."""
        self._database = database

    async def take(self, subject: str, route: str, rate: Rate) -> dict[str, str]:
        """Take one request of a subject on a route out of its bucket; return headers for the answer.

        Raises: Refused: ``rate_limited``. Transient: ``database_unavailable``.
        """
        row = await self._database.row(_TAKE, route, float(rate.burst), rate.per_s, subject)
        assert row is not None
        return granted(row, rate)


def granted(row: asyncpg.Record, rate: Rate) -> dict[str, str]:
    """Return headers for the answer to a request, if what was found by ``taking`` grants it.

    Raises: Refused: ``rate_limited``.
    """
    if not row["is_granted"]:
        raise exhausted(rate, row["tokens"])
    return rate.headers(row["tokens"])


def exhausted(rate: Rate, tokens: float, headers: Mapping[str, str] | None = None) -> Refused:
    """Return what a request gets for which a bucket holds too little."""
    wait_s = max(1, math.ceil((1 - tokens) / rate.per_s))
    message = f"Too many requests of this kind; wait {wait_s} s before the next."
    return Refused(
        429, "rate_limited", message, {"Retry-After": str(wait_s), **rate.headers(tokens), **(headers or {})}
    )
