"""Server-Sent Events, from a gateway that serves HTTP, over the real log."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, closing
from datetime import UTC, datetime
from typing import Any

import asyncpg
import httpx
import pytest
from msgspec.structs import replace
from nats.aio.client import Client
from nats.js import JetStreamContext

from contracts.codec import encode
from contracts.v1 import Alert, AnyFact
from services.catalog import tables
from services.catalog.log import Entry
from services.gateway.feed import Feed, Told
from services.gateway.refusals import Refused
from services.gateway.seats import Seats
from services.runtime.errors import Transient
from services.runtime.settings import Settings
from tests import stories
from tests.asking import bearer, key_of
from tests.processes import PATIENCE_S
from tests.projection import publish
from tests.serving import serving

pytestmark = pytest.mark.usefixtures("clean_streams")


@pytest.fixture
async def gateway(settings: Settings, admin_key: str) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of a gateway whose streams of events are never silent for long."""
    async with serving(settings, admin_key, events_heartbeat_s=0.2, events_listeners=3) as client:
        yield client


@asynccontextmanager
async def listening(
    gateway: httpx.AsyncClient, path: str = "/v1/events", last: int | None = None
) -> AsyncIterator[AsyncIterator[dict[str, str]]]:
    """Yield the blocks that a listener is sent, as fields by name."""
    headers = {} if last is None else {"Last-Event-ID": str(last)}
    async with gateway.stream("GET", path, headers=headers) as answer:
        assert answer.status_code == 200, (await answer.aread()).decode()
        assert answer.headers["content-type"].startswith("text/event-stream")
        async with aclosing(_blocks(answer)) as blocks:
            yield blocks


async def _blocks(answer: httpx.Response) -> AsyncGenerator[dict[str, str], None]:
    block: dict[str, str] = {}
    async for line in answer.aiter_lines():
        if not line:
            yield block
            block = {}
        else:
            name, _, value = line.partition(": ")
            block[name or "comment"] = value


async def events(blocks: AsyncIterator[dict[str, str]], count: int) -> list[dict[str, Any]]:
    """Return the next events that are told."""
    told: list[dict[str, Any]] = []
    async with asyncio.timeout(PATIENCE_S):
        while len(told) < count:
            block = await anext(blocks)
            if "data" in block:
                event = json.loads(block["data"])
                assert block["id"] == str(event["sequence"])
                told.append(event)
    return told


def sequences(told: Iterable[dict[str, Any]]) -> list[int]:
    return [event["sequence"] for event in told]


async def test_a_listener_that_is_killed_and_comes_back_hears_each_fact_once(
    gateway: httpx.AsyncClient, js: JetStreamContext
) -> None:
    heard: list[dict[str, Any]] = []
    asset_ids = [f"asset{number}" for number in range(12)]
    life = len(stories.life_of("a"))

    async def live() -> None:
        for asset_id in asset_ids:
            await publish(js, stories.life_of(asset_id))

    living = asyncio.create_task(live())
    while len(heard) < life * len(asset_ids):
        last = heard[-1]["sequence"] if heard else 0
        async with listening(gateway, last=last) as blocks:
            heard += await events(blocks, min(7, life * len(asset_ids) - len(heard)))
    await living
    assert sequences(heard) == list(range(1, life * len(asset_ids) + 1))
    assert [(event["asset_id"], event["type"]) for event in heard] == [
        (asset_id, fact.kind()) for asset_id in asset_ids for fact in stories.life_of(asset_id)
    ]


async def test_who_names_no_event_hears_what_comes_and_is_told_where_it_is(
    gateway: httpx.AsyncClient, js: JetStreamContext
) -> None:
    await publish(js, [stories.ingested("before")])
    async with listening(gateway) as blocks:
        assert (await anext(blocks))["id"] == "1"
        await publish(js, [stories.ingested("after")])
        (event,) = await events(blocks, 1)
    assert event.pop("at").startswith("20")
    assert event == {
        "sequence": 2,
        "type": "asset.ingested",
        "asset_id": "after",
        "data": {"name": "clip.mp4", "size_bytes": 1_000_000},
        # Who publishes by hand says nothing of these.
        "service": None,
        "worker": None,
        "took_s": None,
    }


async def test_silence_is_broken_by_heartbeats_that_say_how_far_the_log_was_heard(
    gateway: httpx.AsyncClient, js: JetStreamContext
) -> None:
    async with listening(gateway, "/v1/events?types=asset.failed") as blocks:
        await publish(js, stories.life_of("a"))
        async with asyncio.timeout(PATIENCE_S):
            while (block := await anext(blocks)).get("id") != str(len(stories.life_of("a"))):
                pass
    assert block["comment"] == "heartbeat"
    assert "data" not in block


async def test_only_the_types_that_were_asked_for_are_told(gateway: httpx.AsyncClient, js: JetStreamContext) -> None:
    await publish(js, [*stories.life_of("a"), stories.failed("b")])
    alert = Alert(kind="service_silent", about="probe", message="Start it.")
    await js.publish(alert.subject, encode(alert))
    for types, heard in {
        "asset.ready,asset.failed": ["asset.ready", "asset.failed"],
        "thumbnail.*,alert.*": ["thumbnail.made", "alert.service_silent"],
    }.items():
        async with listening(gateway, f"/v1/events?after=0&types={types}") as blocks:
            assert [event["type"] for event in await events(blocks, len(heard))] == heard


async def test_an_assets_own_events_begin_with_its_first(
    gateway: httpx.AsyncClient, js: JetStreamContext, settings: Settings
) -> None:
    database = await asyncpg.connect(settings.database_url.get_secret_value())
    await tables.start_over(database)
    await tables.apply(database, 0, [Entry(1, datetime.now(UTC), stories.ingested("own"))])
    await database.close()
    await publish(
        js, [fact for pair in zip(stories.life_of("own"), stories.life_of("other"), strict=True) for fact in pair]
    )
    async with listening(gateway, "/v1/assets/own/events") as blocks:
        told = await events(blocks, len(stories.life_of("own")))
        await publish(js, [stories.ingested("third"), stories.failed("own")])
        told += await events(blocks, 1)
    assert [event["type"] for event in told] == [
        *(fact.kind() for fact in stories.life_of("own")), "asset.failed"
    ]  # fmt: skip
    assert (await gateway.get("/v1/assets/unknown/events")).json()["code"] == "asset_missing"


async def test_an_assets_past_tells_the_alerts_about_it_as_its_presence_does(
    gateway: httpx.AsyncClient, js: JetStreamContext, settings: Settings
) -> None:
    database = await asyncpg.connect(settings.database_url.get_secret_value())
    await tables.start_over(database)
    await tables.apply(database, 0, [Entry(1, datetime.now(UTC), stories.ingested("own"))])
    await database.close()

    async def alert(asset_id: str, tenant: str = "default") -> None:
        raised = Alert(kind="work_recovered", about="probe", asset_id=asset_id, tenant=tenant, message="It was done.")
        await js.publish(raised.subject, encode(raised))

    async def tell(fact: AnyFact) -> None:
        await alert("other")
        await alert("own", "acme")
        await alert("own")
        await publish(js, [fact])

    await publish(js, [stories.ingested("own")])
    await tell(stories.probed("own"))
    async with listening(gateway, "/v1/assets/own/events") as blocks:
        past = await events(blocks, 3)
        await tell(stories.planned("own"))
        present = await events(blocks, 2)
    assert [event["type"] for event in past] == ["asset.ingested", "alert.work_recovered", "asset.probed"]
    assert [event["type"] for event in present] == ["alert.work_recovered", "asset.planned"]


async def test_a_tenants_events_are_told_to_nobody_else(gateway: httpx.AsyncClient, js: JetStreamContext) -> None:
    await publish(js, [replace(stories.ingested("theirs"), tenant="acme"), stories.ingested("ours")])
    for tenant, asset_id in {"default": "ours", "acme": "theirs"}.items():
        gateway.headers["Headrace-Tenant"] = tenant
        async with listening(gateway, last=0) as blocks:
            assert [event["asset_id"] for event in await events(blocks, 1)] == [asset_id]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"params": {"after": 99}}, "event_unknown"),
        ({"params": {"after": -1}}, "request_invalid"),
        ({"params": {"types": "asset ready"}}, "request_invalid"),
        ({"headers": {"Last-Event-ID": "last"}}, "request_invalid"),
    ],
)
async def test_what_cannot_be_told_is_refused(gateway: httpx.AsyncClient, asked: dict[str, Any], code: str) -> None:
    answer = await gateway.get("/v1/events", **asked)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


async def test_one_listener_too_many_is_sent_away_until_another_leaves(gateway: httpx.AsyncClient) -> None:
    async with listening(gateway) as one, listening(gateway) as two:
        await anext(one), await anext(two)
        async with listening(gateway) as three:
            await anext(three)
            answer = await gateway.get("/v1/events")
            assert (answer.status_code, answer.json()["code"]) == (503, "too_many_listeners")
        async with asyncio.timeout(PATIENCE_S):
            while await is_refused(gateway):
                pass


async def is_refused(gateway: httpx.AsyncClient) -> bool:
    async with gateway.stream("GET", "/v1/events") as answer:
        return answer.status_code != 200


async def test_streams_end_when_the_gateway_stops(settings: Settings, admin_key: str) -> None:
    async with AsyncExitStack() as leaving:
        async with serving(settings, admin_key) as gateway:
            client = await leaving.enter_async_context(httpx.AsyncClient(timeout=PATIENCE_S, trust_env=False))
            answer = await leaving.enter_async_context(
                client.stream("GET", gateway.base_url.join("/v1/events"), headers=gateway.headers)
            )
            lines = answer.aiter_lines()
            await anext(lines)
        # An answer that was cut off would raise.
        assert [line async for line in lines if line.startswith("data")] == []


async def test_a_reader_who_falls_behind_what_is_remembered_misses_nothing(nc: Client, js: JetStreamContext) -> None:
    feed = Feed(nc, Seats(2, 2), most_s=PATIENCE_S, remembered=5)
    slow = feed.listen("default", 0, lambda _: True, quiet_s=PATIENCE_S)
    quick = feed.listen("default", 0, lambda _: True, quiet_s=PATIENCE_S)
    heard: list[int] = []
    lives = [fact for number in range(5) for fact in stories.life_of(f"asset{number}")]

    async def hear(listener: AsyncIterator[Told], up_to: int) -> list[int]:
        told: list[int] = []
        async with asyncio.timeout(PATIENCE_S):
            while not told or told[-1] < up_to:
                told += [one.sequence for one in (await anext(listener)).happenings]
        return told

    with closing(feed):
        await publish(js, lives[:1])
        heard += await hear(slow, 1)
        for number, fact in enumerate(lives[1:], start=2):
            await publish(js, [fact])
            await hear(quick, number)
        # Nothing waits for the slow one but what everybody is told from.
        assert len(feed._recent) <= 10
        heard += await hear(slow, len(lives))
    assert heard == list(range(1, len(lives) + 1))


async def test_a_listener_goes_on_after_the_consumer_behind_it_is_lost(nc: Client, js: JetStreamContext) -> None:
    feed = Feed(nc, Seats(1, 1), most_s=PATIENCE_S)
    listener = feed.listen("default", 0, lambda _: True, quiet_s=PATIENCE_S)
    with closing(feed):
        await publish(js, [stories.ingested("before")])
        assert [one.asset_id for one in (await anext(listener)).happenings] == ["before"]
        for consumer in await js.consumers_info("MEDIA"):
            if consumer.config.durable_name is None:
                await js.delete_consumer("MEDIA", consumer.name)
        await publish(js, [stories.ingested("after")])
        async with asyncio.timeout(PATIENCE_S):
            assert [one.asset_id for one in (await anext(listener)).happenings] == ["after"]


async def test_a_listener_counts_from_when_it_is_accepted_until_nobody_holds_its_answer(nc: Client) -> None:
    feed = Feed(nc, Seats(2, 1), most_s=PATIENCE_S)
    own = feed.listen("default", 0, lambda _: True, quiet_s=PATIENCE_S)
    with pytest.raises(Refused) as refused:
        feed.listen("default", 0, lambda _: True, quiet_s=PATIENCE_S)
    assert refused.value.code == "too_many_listeners_of_tenant"
    others = feed.listen("acme", 0, lambda _: True, quiet_s=PATIENCE_S)
    with pytest.raises(Transient) as full:
        feed.listen("third", 0, lambda _: True, quiet_s=PATIENCE_S)
    assert full.value.code == "too_many_listeners"
    # Neither was ever asked for anything.
    del own, others
    assert feed.listen("default", 0, lambda _: True, quiet_s=PATIENCE_S)


async def test_a_stream_ends_after_a_while_and_who_may_still_listen_comes_back(
    settings: Settings, js: JetStreamContext
) -> None:
    heard: list[str] = []
    place = 0

    async def listen_to_its_end(gateway: httpx.AsyncClient) -> None:
        nonlocal place
        async with listening(gateway, last=place) as blocks:
            async for block in blocks:
                place = int(block["id"])
                heard.extend(json.loads(data)["asset_id"] for name, data in block.items() if name == "data")

    database = await asyncpg.connect(settings.database_url.get_secret_value())
    revoked, good = [await key_of(database, "default", "read") for _ in range(2)]
    async with serving(settings, revoked, events_heartbeat_s=0.1, events_stream_s=0.5) as gateway:
        await publish(js, [stories.ingested("before")])
        async with asyncio.timeout(PATIENCE_S):
            while heard != ["before"]:
                await listen_to_its_end(gateway)
            key_id = revoked.rpartition("_")[0]
            await database.execute("UPDATE api_keys SET revoked_at = now() WHERE key_id = $1", key_id)
            assert (await gateway.get("/v1/events")).status_code == 401
            gateway.headers.update(bearer(good))
            await publish(js, [stories.ingested("after")])
            while heard != ["before", "after"]:
                await listen_to_its_end(gateway)
    await database.close()
