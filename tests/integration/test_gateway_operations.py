"""Operations over HTTP: the same console, for the operator's key alone."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import pytest
from nats.aio.client import Client
from nats.js import JetStreamContext

from contracts.codec import encode
from services.operate import app
from services.runtime.settings import Settings
from services.runtime.store import Store
from tests.asking import asking
from tests.dead import LETTER
from tests.serving import running

pytestmark = pytest.mark.usefixtures("clean_streams")


@pytest.fixture
async def pool(settings: Settings) -> AsyncIterator[Any]:
    async with asyncpg.create_pool(settings.database_url.get_secret_value(), min_size=0) as pool:
        yield pool


@pytest.fixture
async def http(
    settings: Settings, pool: Any, store: Store, nc: Client, admin_key: str
) -> AsyncIterator[httpx.AsyncClient]:
    """Return the operator's client of a gateway; whether the console answers is the test's."""
    async with asking(settings, pool, store, nc, admin_key) as client:
        yield client


async def done(http: httpx.AsyncClient, what: str, **asked: object) -> Any:
    answer = await http.post(f"/v1/operations/{what}", json=asked)
    return answer.json() if answer.is_success else (answer.status_code, answer.json()["code"])


async def test_letters_are_listed_shown_replayed_and_dropped(
    http: httpx.AsyncClient, settings: Settings, js: JetStreamContext
) -> None:
    first, second = [await js.publish(LETTER.subject, encode(LETTER)) for _ in range(2)]
    async with running(app.build(settings)):
        await answering(http)
        found = (await http.get("/v1/operations/dead", params={"asset_id": "a", "reason": "exhausted"})).json()
        assert [one["id"] for one in found["letters"]] == [first.seq, second.seq]
        letter = (await http.get(f"/v1/operations/dead/{first.seq}")).json()
        assert (letter["code"], letter["tries"], letter["document"]) == (
            "store_unavailable", 4, {"type": "thumbnail.make"},
        )  # fmt: skip
        assert (await done(http, "dead/replay", ids=[first.seq]))["done"] == [first.seq]
        assert (await done(http, "dead/drop", code="store_unavailable"))["done"] == [second.seq]
        assert (await http.get(f"/v1/operations/dead/{first.seq}")).json()["code"] == "letter_missing"
        assert await done(http, "dead/drop") == (400, "request_invalid")
    task = await js.get_last_msg("TASKS", LETTER.source_subject)
    assert task.data == LETTER.payload


async def test_work_is_held_and_the_audit_log_says_by_whom(http: httpx.AsyncClient, settings: Settings) -> None:
    async with running(app.build(settings)):
        await answering(http)
        (held,) = (await done(http, "pause", lane="bulk"))["durables"]
        assert held["name"] == "encode_bulk"
        assert (await done(http, "drain", service="remux"))["is_drained"] is True
        status = (await http.get("/v1/operations/status")).json()
        halted = {one["name"] for stream in status["streams"] for one in stream["durables"] if one["paused_until"]}
        assert halted == {"encode_bulk", "remux"}
        assert (await done(http, "resume", service="remux"))["durables"][0]["paused_until"] is None
        assert await done(http, "pause", service="gateway") == (404, "nothing_meant")
    acts = (await http.get("/v1/audit", params={"limit": 4})).json()["entries"]
    # What was refused was asked for all the same.
    assert [(act["action"], act["target"]) for act in acts] == [
        ("work.paused", '{"service":"gateway"}'),
        ("work.resumed", '{"service":"remux"}'),
        ("service.drained", '{"service":"remux"}'),
        ("work.paused", '{"lane":"bulk"}'),
    ]


async def test_a_console_that_does_not_answer_is_said_so(http: httpx.AsyncClient) -> None:
    answer = await http.get("/v1/operations/status")
    assert (answer.status_code, answer.json()["code"]) == (503, "console_unavailable")


async def answering(http: httpx.AsyncClient) -> None:
    while not (await http.get("/v1/operations/status")).is_success:
        pass
