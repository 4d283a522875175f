"""Who may ask the gateway for what."""

from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest
from nats.aio.client import Client

from infra.local.admin_key import keep_admin_key
from infra.local.stack import Stack
from services.catalog import tables
from services.catalog.log import Entry
from services.runtime.settings import Settings
from services.runtime.store import Store
from tests import stories
from tests.asking import asking, bearer, key_of


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(settings.database_url.get_secret_value())
    await tables.start_over(connection)
    yield connection
    await connection.close()


@pytest.fixture
async def http(
    settings: Settings, database: asyncpg.Connection, store: Store, nc: Client
) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client without a key of its own."""
    async with (
        asyncpg.create_pool(settings.database_url.get_secret_value(), min_size=0) as pool,
        asking(settings, pool, store, nc, None) as client,
    ):
        yield client


async def asked(http: httpx.AsyncClient, headers: dict[str, str], path: str = "/v1/assets") -> tuple[int, str | None]:
    answer = await http.get(path, headers=headers)
    return answer.status_code, answer.json().get("code")


async def test_who_shows_no_key_is_told_how(http: httpx.AsyncClient) -> None:
    answer = await http.get("/v1/assets")
    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/credentials_missing")
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("spoilt", ["", "hr_", "hr_0000000000000000_" + "0" * 64, "Привет"])
async def test_what_is_no_key_opens_nothing(http: httpx.AsyncClient, spoilt: str) -> None:
    headers = {b"authorization": f"Bearer {spoilt}".encode()}
    answer = await http.get("/v1/assets", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "credentials_invalid")


async def test_the_right_id_with_a_wrong_secret_opens_nothing(
    http: httpx.AsyncClient, database: asyncpg.Connection
) -> None:
    key = await key_of(database, "default", "read")
    assert await asked(http, bearer(key)) == (200, None)
    wrong = key[:-1] + ("0" if key[-1] != "0" else "1")
    assert await asked(http, bearer(wrong)) == (401, "credentials_invalid")


async def test_a_scope_opens_what_needs_it_and_nothing_else(
    http: httpx.AsyncClient, database: asyncpg.Connection
) -> None:
    writer, admin = await key_of(database, "default", "write"), await key_of(database, "default", "admin")
    assert await asked(http, bearer(writer)) == (403, "scope_missing")
    assert await asked(http, bearer(admin)) == (200, None)


async def test_a_revoked_key_opens_nothing_at_once(http: httpx.AsyncClient, database: asyncpg.Connection) -> None:
    key = await key_of(database, "default", "read")
    assert await asked(http, bearer(key)) == (200, None)
    await database.execute("UPDATE api_keys SET revoked_at = now() WHERE key_id = $1", key.rpartition("_")[0])
    assert await asked(http, bearer(key)) == (401, "credentials_invalid")


async def test_the_use_of_a_key_is_noted(http: httpx.AsyncClient, database: asyncpg.Connection) -> None:
    key = await key_of(database, "default", "read")
    await asked(http, bearer(key))
    used = "SELECT last_used_at IS NOT NULL FROM api_keys WHERE key_id = $1"
    assert await database.fetchval(used, key.rpartition("_")[0])


async def test_a_tenant_sees_only_its_own_assets(
    http: httpx.AsyncClient, database: asyncpg.Connection, admin_key: str
) -> None:
    facts = [stories.ingested("mine"), stories.ingested("theirs")]
    await tables.apply(database, 0, [Entry(number, stories.NOON, fact) for number, fact in enumerate(facts, start=1)])
    await database.execute("UPDATE assets SET tenant = 'theirs' WHERE asset_id = 'theirs'")
    mine, theirs = await key_of(database, "default", "read"), await key_of(database, "theirs", "read")
    for headers, seen, hidden in [
        (bearer(mine), "mine", "theirs"),
        (bearer(theirs), "theirs", "mine"),
        (bearer(admin_key), "mine", "theirs"),
        (bearer(admin_key) | {"Headrace-Tenant": "theirs"}, "theirs", "mine"),
    ]:
        listed = (await http.get("/v1/assets", headers=headers)).json()["assets"]
        assert [asset["asset_id"] for asset in listed] == [seen]
        assert await asked(http, headers, f"/v1/assets/{seen}") == (200, None)
        assert await asked(http, headers, f"/v1/assets/{hidden}") == (404, "asset_missing")


async def test_only_the_operator_names_a_tenant(http: httpx.AsyncClient, database: asyncpg.Connection) -> None:
    admin = await key_of(database, "default", "admin")
    assert await asked(http, bearer(admin) | {"Headrace-Tenant": "theirs"}) == (403, "tenant_not_yours")
    assert await asked(http, bearer(admin) | {"Headrace-Tenant": "Theirs!"}) == (400, "tenant_invalid")


async def test_the_operators_key_is_kept_for_its_owner_alone(stack: Stack, settings: Settings) -> None:
    path = stack.folder.path / "admin-key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_text().strip() == stack.admin_key
    assert await keep_admin_key(stack.folder.path, settings) == stack.admin_key
