"""What each tenant may use, as the operator said it: read from PostgreSQL again and again.

While PostgreSQL is away, what was read last holds; before the first time everybody has a share of 1.
"""

import asyncio
import contextlib

import asyncpg
from nats.aio.client import Client

from services.dispatch.settings import DispatchSettings

_COMMAND_TIMEOUT_S = 5
_SPECIAL = "SELECT tenant, share, most_tasks FROM tenants WHERE share <> 1 OR most_tasks IS NOT NULL"


class Shares:
    """Shares and limits of tenants."""

    def __init__(self, most_tasks: int | None) -> None:
        """Begin with what holds for everybody."""
        self.of: dict[str, float] = {}
        self._most_tasks = most_tasks
        self._limits: dict[str, int] = {}

    def most_tasks(self, tenant: str) -> int | None:
        """Return how many tasks of a tenant may be in work at once; None for any number."""
        return self._limits.get(tenant, self._most_tasks)

    @property
    def are_limited(self) -> bool:
        """Tell whether anybody has a limit."""
        return self._most_tasks is not None or bool(self._limits)

    def renew(self, rows: list[tuple[str, int, int | None]]) -> None:
        """Take over what was read: tenants with their shares and limits."""
        self.of = {tenant: float(share) for tenant, share, _ in rows}
        self._limits = {tenant: most for tenant, _, most in rows if most is not None}


async def keep_reading(settings: DispatchSettings, shares: Shares, _: Client) -> None:
    """Read the table of tenants, for ever.

    Raises: OSError, asyncpg.PostgresError, asyncpg.InterfaceError: PostgreSQL is away.
    """
    database = await asyncpg.connect(settings.database_url.get_secret_value(), command_timeout=_COMMAND_TIMEOUT_S)
    try:
        while True:
            shares.renew([(row["tenant"], row["share"], row["most_tasks"]) for row in await database.fetch(_SPECIAL)])
            await asyncio.sleep(settings.tenants_poll_s)
    finally:
        with contextlib.suppress(OSError, asyncpg.InterfaceError, asyncpg.PostgresError):
            await database.close(timeout=2)
