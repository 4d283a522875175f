"""Two gateway processes behind one database, one log and one bucket act as one."""

import asyncio
import json
import os
import secrets
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, NamedTuple

import asyncpg
import httpx
import pytest
from msgspec.structs import replace
from nats.js import JetStreamContext

from infra.local.ports import free_port, is_free
from infra.local.stack import Stack
from services.runtime.multipart import PART_BYTES
from tests import stories
from tests.asking import bearer, key_of
from tests.processes import PATIENCE_S, until
from tests.projection import folded, projecting, publish, renew_tables

PASSWORD = "correct horse battery staple"
BURST = 20
# Just too large for one PUT.
LARGE_BYTES = (100 << 20) + 1


class Pair(NamedTuple):
    """Clients of two gateways, without credentials."""

    one: httpx.AsyncClient
    other: httpx.AsyncClient


@asynccontextmanager
async def process(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    """Run a gateway as a process of its own; yield a client of it."""
    port = free_port(set())
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HEADRACE_")}
    limits = {"HEADRACE_RATE_LIMIT_BURST": str(BURST), "HEADRACE_RATE_LIMIT_PER_S": "0.001"}
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.gateway.app",
        env=environment | stack.environment | limits | {"HEADRACE_GATEWAY_PORT": str(port)},
    )  # fmt: skip
    try:
        await until(lambda: not is_free(port) or running.returncode is not None)
        assert running.returncode is None
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_S, trust_env=False
        ) as client:
            yield client
    finally:
        if running.returncode is None:
            running.terminate()
        await running.wait()


@pytest.fixture(scope="module")
async def pair(stack: Stack) -> AsyncIterator[Pair]:
    async with AsyncExitStack() as both:
        yield Pair(*[await both.enter_async_context(process(stack)) for _ in range(2)])


@pytest.fixture
async def database(stack: Stack) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(stack.settings.database_url.get_secret_value())
    # One address on the network logs in for all tests.
    await connection.execute("TRUNCATE rate_limits")
    yield connection
    await connection.close()


@pytest.fixture
def tenant() -> str:
    return f"t-{secrets.token_hex(6)}"


@pytest.fixture
async def admin(database: asyncpg.Connection, tenant: str) -> dict[str, str]:
    """Return the headers of an administrator of a new tenant."""
    return bearer(await key_of(database, tenant, "admin"))


async def test_a_key_made_by_one_opens_the_other_until_that_revokes_it(pair: Pair, admin: dict[str, str]) -> None:
    made = (await pair.one.post("/v1/keys", json={"label": "new", "scopes": ["read"]}, headers=admin)).json()
    assert (await pair.other.get("/v1/assets", headers=bearer(made["key"]))).status_code == 200
    assert (await pair.other.delete(f"/v1/keys/{made['key_id']}", headers=admin)).status_code == 204
    assert [(await http.get("/v1/assets", headers=bearer(made["key"]))).status_code for http in pair] == [401, 401]


async def test_a_session_goes_on_at_the_other_and_ends_at_both(pair: Pair, admin: dict[str, str], tenant: str) -> None:
    user = {"email": f"{tenant}@example.com", "password": PASSWORD}
    await pair.one.post("/v1/users", json=user | {"role": "viewer"}, headers=admin)
    first = (await pair.one.post("/v1/sessions", json=user)).json()
    second = (await pair.other.post("/v1/sessions/refresh", json={"refresh_token": first["refresh_token"]})).json()
    own = bearer(second["access_token"])
    assert [(await http.get("/v1/assets", headers=own)).status_code for http in pair] == [200, 200]
    stolen = await pair.one.post("/v1/sessions/refresh", json={"refresh_token": first["refresh_token"]})
    assert stolen.status_code == 401
    assert [(await http.get("/v1/assets", headers=own)).status_code for http in pair] == [401, 401]


async def test_what_is_asked_of_both_with_one_key_is_done_once(
    pair: Pair, admin: dict[str, str], tenant: str, database: asyncpg.Connection
) -> None:
    headers = admin | {"Idempotency-Key": "one"}
    asked = {"email": f"{tenant}@example.com", "password": PASSWORD, "role": "viewer"}
    answers = await asyncio.gather(*(http.post("/v1/users", json=asked, headers=headers) for http in pair * 3))
    done = {answer.text for answer in answers if answer.status_code == 201}
    assert len(done) == 1
    again = [await http.post("/v1/users", json=asked, headers=headers) for http in pair]
    assert {answer.text for answer in again} == done
    assert [answer.headers.get("idempotency-replayed") for answer in again] == ["true", "true"]
    assert await database.fetchval("SELECT count(*) FROM users WHERE tenant = $1", tenant) == 1


async def test_both_take_from_one_bucket(pair: Pair, admin: dict[str, str]) -> None:
    answers = await asyncio.gather(*(http.get("/v1/assets", headers=admin) for http in pair for _ in range(BURST)))
    assert sorted(answer.status_code for answer in answers) == [200] * BURST + [429] * BURST


async def test_an_upload_begun_at_one_is_signed_and_completed_by_the_other(pair: Pair, admin: dict[str, str]) -> None:
    asked = {"name": "film.mp4", "size_bytes": LARGE_BYTES, "content_type": "video/mp4"}
    upload = (await pair.one.post("/v1/uploads", json=asked, headers=admin)).json()
    path, part = f"/v1/uploads/{upload['upload_id']}", bytes(PART_BYTES)
    async with httpx.AsyncClient(timeout=PATIENCE_S, trust_env=False) as sender:

        async def send(target: dict[str, Any]) -> None:
            assert (await sender.put(target["url"], content=part[: target["size_bytes"]])).status_code == 200

        for target in upload["parts"]["targets"][:4]:
            await send(target)
        assert (await pair.other.post(f"{path}/complete", headers=admin)).json()["code"] == "upload_incomplete"
        assert (await pair.other.get(path, headers=admin)).json()["stored"] == [1, 2, 3, 4]
        for target in (await pair.other.get(f"{path}/parts", params={"from": 5}, headers=admin)).json()["targets"]:
            await send(target)
    completed = await asyncio.gather(*(http.post(f"{path}/complete", headers=admin) for http in (*pair, *pair)))
    assert [(answer.status_code, answer.json()["state"]) for answer in completed] == [(200, "completed")] * 4
    assert [(await http.get(path, headers=admin)).json()["state"] for http in pair] == ["completed"] * 2


async def heard(http: httpx.AsyncClient, headers: dict[str, str], last: int, count: int) -> list[dict[str, Any]]:
    """Return the next events after one, then hang up."""
    told: list[dict[str, Any]] = []
    async with asyncio.timeout(PATIENCE_S), http.stream(
        "GET", "/v1/events", headers=headers | {"Last-Event-ID": str(last)}
    ) as answer:  # fmt: skip
        async for line in answer.aiter_lines():
            if line.startswith("data: "):
                told.append(json.loads(line.removeprefix("data: ")))
            if len(told) == count:
                break
    return told


async def test_a_listener_of_one_goes_on_at_the_other_without_a_gap_or_a_repeat(
    pair: Pair, admin: dict[str, str], tenant: str, js: JetStreamContext
) -> None:
    facts = [replace(fact, tenant=tenant) for number in range(4) for fact in stories.life_of(f"{tenant}{number}")]
    last = (await js.stream_info("MEDIA")).state.last_seq
    living = asyncio.create_task(publish(js, facts))
    told: list[dict[str, Any]] = []
    for http in pair * len(facts):
        if len(told) < len(facts):
            told += await heard(http, admin, told[-1]["sequence"] if told else last, min(5, len(facts) - len(told)))
    await living
    assert [(event["asset_id"], event["type"]) for event in told] == [(fact.asset_id, fact.kind()) for fact in facts]
    assert len({event["sequence"] for event in told}) == len(facts)


async def test_edits_at_both_are_told_apart_by_their_etag_and_none_is_lost(
    pair: Pair, admin: dict[str, str], tenant: str, js: JetStreamContext, database: asyncpg.Connection, stack: Stack
) -> None:
    asset_id = f"a{secrets.token_hex(6)}"
    path = f"/v1/assets/{asset_id}"
    await renew_tables(database)
    await publish(js, [replace(stories.ingested(asset_id), tenant=tenant)])
    async with projecting(stack.settings, js):
        await folded(database, js)
        seen = [(await http.get(path, headers=admin)).headers["etag"] for http in pair]
        assert seen[0] == seen[1]
        edits = [
            http.patch(path, json={"title": name}, headers=admin | {"If-Match": seen[0]})
            for http, name in zip(pair, ("mine", "theirs"), strict=True)
        ]
        answers = await asyncio.gather(*edits)
        assert sorted(answer.status_code for answer in answers) == [200, 412]
        changes = [{"category": "c"}, {"description": "d"}, {"tags": ["t"]}, {"metadata": {"k": "v"}}]
        for http, change in zip(pair * 2, changes, strict=True):
            assert (await http.patch(path, json=change, headers=admin)).status_code == 200
        both = [(await http.get(path, headers=admin)) for http in pair]
    assert both[0].headers["etag"] == both[1].headers["etag"]
    assert both[0].json() == both[1].json()
    won = next(answer.json()["title"] for answer in answers if answer.status_code == 200)
    kept = {name: both[0].json()[name] for name in ("title", "category", "description", "tags", "metadata")}
    assert kept == {"title": won, "category": "c", "description": "d", "tags": ["t"], "metadata": {"k": "v"}}
