"""The first API key: the operator's, of every tenant; kept in the stack's folder as ``admin-key``, with mode 600.

The stack makes it when it starts. Where no stack is started here, ``python -m infra.local.admin_key`` makes it in
``HEADRACE_HOME`` for the database that ``HEADRACE_DATABASE_URL`` names.
"""

import asyncio
import os
from pathlib import Path

import asyncpg

from infra.local.folder import write_secret
from services.gateway.credentials import Credential, credential_of, new_credential
from services.runtime.settings import Settings

FILE = "admin-key"
# The database answered a moment ago; a machine that is busy with other things may take its time.
_CONNECTED_WITHIN_S = 30

_REVOKED = "SELECT revoked_at IS NOT NULL FROM api_keys WHERE key_id = $1"
_PUT = """
    INSERT INTO api_keys (key_id, tenant, scopes, secret_hash, label) VALUES ($1, NULL, '{admin}', $2, 'first key')
    ON CONFLICT DO NOTHING
"""


async def keep_admin_key(folder: Path, settings: Settings) -> str:
    """Return the operator's key, made if the folder has none; the database knows it afterwards.

    A revoked one is replaced: whoever may start the stack owns all that is in it.

    Raises: OSError, asyncpg.PostgresError: the database does not answer, or refuses.
    """
    path = folder / FILE
    connection = await asyncpg.connect(settings.database_url.get_secret_value(), timeout=_CONNECTED_WITHIN_S)
    try:
        key = _read(path)
        if key is None or await connection.fetchval(_REVOKED, key.identifier):
            key = new_credential("hr")
            write_secret(path, f"{key.text}\n".encode())
        await connection.execute(_PUT, key.identifier, key.secret_hash)
    finally:
        await connection.close()
    return key.text


def _read(path: Path) -> Credential | None:
    try:
        return credential_of(path.read_text().strip())
    except FileNotFoundError:
        return None


def main() -> None:
    """Make the key where it is missing, and say where it is."""
    folder = Path(os.environ.get("HEADRACE_HOME") or ".headrace")
    folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(keep_admin_key(folder, Settings()))
    print(folder / FILE)


if __name__ == "__main__":
    main()
