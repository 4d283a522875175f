"""The table of API keys; its shape is ``infra/postgres/migrations``."""

from msgspec import Struct

from services.gateway.credentials import Credential
from services.gateway.database import Database
from services.gateway.principal import Scope

_PROVEN = """
    WITH used AS (
        UPDATE api_keys SET last_used_at = now()
        WHERE key_id = $1 AND secret_hash = $2 AND revoked_at IS NULL
          AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
    )
    SELECT tenant, scopes, secret_hash FROM api_keys WHERE key_id = $1 AND revoked_at IS NULL
"""


class Holder(Struct, frozen=True):
    """What a credential gives; ``tenant`` None means every tenant."""

    tenant: str | None
    scopes: frozenset[Scope]
    subject: str


class Keys:
    """Reads and writes API keys."""

    def __init__(self, database: Database) -> None:
        """Use a database."""
        self._database = database

    async def holder(self, key: Credential) -> Holder | None:
        """Return whom a key belongs to and note its use, or None when it is wrong or revoked.

        Raises: Transient: ``database_unavailable``.
        """
        row = await self._database.row(_PROVEN, key.identifier, key.secret_hash)
        if row is None or not key.proves(row["secret_hash"]):
            return None
        return Holder(row["tenant"], frozenset(row["scopes"]), key.identifier)
