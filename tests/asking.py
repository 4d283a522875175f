"""The gateway in tests: its application in this process, asked with a key."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from unittest.mock import patch

import asyncpg
import httpx
from litestar import Litestar
from nats.aio.client import Client

from services.gateway import facts
from services.gateway.api import api
from services.gateway.credentials import new_credential
from services.runtime.settings import Settings
from services.runtime.store import Store
from tests.projection import projecting
from tests.watch import PATIENCE_S

_TENANT = "INSERT INTO tenants (tenant) VALUES ($1) ON CONFLICT DO NOTHING"
_KEY = "INSERT INTO api_keys (key_id, tenant, scopes, secret_hash, label) VALUES ($1, $2, $3, $4, 'test')"


def bearer(key: str) -> dict[str, str]:
    """Return the headers of requests with a key."""
    return {"Authorization": f"Bearer {key}"}


def asking(
    settings: Settings, pool: "asyncpg.Pool[Any]", store: Store, nc: Client, key: str | None
) -> httpx.AsyncClient:
    """Return a client of a gateway over these servers, which sends the key, or none."""
    return client_of(api(settings, pool, store, nc), key)


def client_of(application: Litestar, key: str | None) -> httpx.AsyncClient:
    """Return a client of an application, which sends the key, or none."""
    transport = httpx.ASGITransport(app=application)  # type: ignore[arg-type]  # Litestar's own types of ASGI
    return httpx.AsyncClient(transport=transport, base_url="http://gateway", headers=bearer(key) if key else {})


async def key_of(database: asyncpg.Connection, tenant: str, *scopes: str) -> str:
    """Return a new key of a tenant, which is made if it is not there."""
    key = new_credential("hr")
    await database.execute(_TENANT, tenant)
    await database.execute(_KEY, key.identifier, tenant, list(scopes), key.secret_hash)
    return key.text


async def in_state(http: httpx.AsyncClient, asset_id: str, state: str) -> dict[str, Any]:
    """Return what a gateway tells of an asset, once it tells of it in a state: the catalog follows the log, later."""
    async with asyncio.timeout(PATIENCE_S):
        while (asset := (await http.get(f"/v1/assets/{asset_id}")).json()).get("state") != state:
            await asyncio.sleep(0.05)
    return dict(asset)


@asynccontextmanager
async def following(
    settings: Settings, database: asyncpg.Connection, store: Store, nc: Client
) -> AsyncIterator[httpx.AsyncClient]:
    """Offer a client that may write, of a gateway whose catalog follows the log, and is waited for, however slow."""
    key = await key_of(database, "default", "read", "write")
    with patch.object(facts, "PATIENCE_S", PATIENCE_S):
        async with (
            asyncpg.create_pool(settings.database_url.get_secret_value(), min_size=0) as pool,
            projecting(settings, nc.jetstream()),
            asking(settings, pool, store, nc, key) as client,
        ):
            yield client
