"""Webhooks over the real log and database: signed, once, in order for each asset, whatever goes down meanwhile."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import asyncpg
import httpx
import pytest
from msgspec.structs import replace
from nats.js import JetStreamContext

from contracts.codec import decode_alert
from services.notify import app
from services.notify.decide import Attempt
from services.notify.lanes import Lanes
from services.notify.queue import Queue
from services.notify.settings import NotifySettings
from services.runtime.events import happened
from services.runtime.settings import Settings
from tests import stories
from tests.asking import asking, bearer, key_of
from tests.processes import PATIENCE_S
from tests.projection import publish
from tests.receiver import Receiver, is_signed, receiving
from tests.serving import running

pytestmark = pytest.mark.usefixtures("clean_streams")

HASTY: dict[str, object] = {
    "webhook_poll_s": 0.05,
    "webhook_first_retry_s": 0.1,
    "webhook_longest_retry_s": 0.4,
    "webhook_timeout_s": 10.0,
    "webhook_allow_private": True,
}

DOWN_S = 60


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(settings.database_url.get_secret_value())
    await connection.execute("DELETE FROM webhook_endpoints")
    await connection.execute("UPDATE webhook_cursor SET sequence = 0")
    yield connection
    await connection.close()


@pytest.fixture
async def gateway(settings: Settings, database: asyncpg.Connection, store: Any, nc: Any) -> AsyncIterator[Any]:
    """Return a client with a key of the tenant default."""
    key = await key_of(database, "default", "admin")
    async with (
        asyncpg.create_pool(settings.database_url.get_secret_value(), min_size=0) as pool,
        asking(settings, pool, store, nc, key) as client,
    ):
        yield client


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@asynccontextmanager
async def notifying(settings: Settings, **changes: object) -> AsyncIterator[None]:
    own = NotifySettings.model_validate(settings.model_dump() | HASTY | changes)
    async with running(app.build(own)):
        yield


async def endpoint(gateway: httpx.AsyncClient, receiver: Receiver, *events: str) -> tuple[str, str]:
    answer = await gateway.post("/v1/webhooks", json={"url": receiver.url, "events": events or ["*"]})
    assert answer.status_code == 201, answer.text
    return answer.json()["webhook"]["endpoint_id"], answer.json()["secret"]


async def ledger(gateway: httpx.AsyncClient, endpoint_id: str, **asked: str) -> list[dict[str, Any]]:
    answer = await gateway.get(f"/v1/webhooks/{endpoint_id}/deliveries", params={"limit": "200", **asked})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["deliveries"])


async def settled(gateway: httpx.AsyncClient, endpoint_id: str) -> None:
    """Return once nothing is left to be delivered."""
    async with asyncio.timeout(PATIENCE_S):
        while await ledger(gateway, endpoint_id, state="pending"):
            await asyncio.sleep(0.02)


def told_of(receiver: Receiver, asset_id: str) -> list[str]:
    return [event["type"] for event in receiver.events if event["asset_id"] == asset_id]


def life(asset_id: str) -> list[str]:
    return [fact.kind() for fact in stories.life_of(asset_id)]


async def test_a_receiver_that_was_down_gets_every_event_signed_and_in_order(
    gateway: httpx.AsyncClient, receiver: Receiver, settings: Settings, js: JetStreamContext
) -> None:
    endpoint_id, secret = await endpoint(gateway, receiver)
    asset_ids = [f"asset{number}" for number in range(4)]
    async with notifying(settings):
        await publish(js, stories.life_of(asset_ids[0]))
        await receiver.until(lambda: len(receiver.events) >= 3)
        await receiver.down()
        for asset_id in asset_ids[1:]:
            await publish(js, stories.life_of(asset_id))

        async def has_failed() -> bool:
            return any(each["attempts"] >= 3 for each in await ledger(gateway, endpoint_id, state="pending"))

        async with asyncio.timeout(PATIENCE_S):
            while not await has_failed():
                await asyncio.sleep(0.05)
        await receiver.up()
        expected = sum(len(life(asset_id)) for asset_id in asset_ids)
        await receiver.until(lambda: len(receiver.events) >= expected)
        await settled(gateway, endpoint_id)
    for asset_id in asset_ids:
        assert told_of(receiver, asset_id) == life(asset_id)
    assert all(is_signed(headers, body, secret) for headers, body in receiver.requests)
    assert all(headers["webhook-id"] == f"msg_{json.loads(body)['sequence']}" for headers, body in receiver.requests)
    delivered = await ledger(gateway, endpoint_id)
    assert [(each["sequence"], each["state"]) for each in delivered] == [
        (number, "delivered") for number in range(expected, 0, -1)
    ]
    retried = max(delivered, key=lambda each: each["attempts"])
    attempts = (await gateway.get(f"/v1/webhooks/{endpoint_id}/deliveries/{retried['sequence']}")).json()["attempts"]
    assert [each["status"] for each in attempts] == [None] * (retried["attempts"] - 1) + [204]
    assert all(each["error"] for each in attempts[:-1])
    assert all(each["duration_s"] > 0 for each in attempts)


@pytest.mark.slow
async def test_a_receiver_that_was_down_for_a_whole_minute_gets_every_event_signed_and_in_order(
    gateway: httpx.AsyncClient, receiver: Receiver, settings: Settings, js: JetStreamContext
) -> None:
    endpoint_id, secret = await endpoint(gateway, receiver)
    asset_ids = [f"asset{number}" for number in range(DOWN_S // 5)]
    # As in production, but that nobody waits for a minute more once the receiver is back.
    patient = {name: NotifySettings.model_fields[name].default for name in HASTY if name != "webhook_allow_private"}
    clock = asyncio.get_running_loop().time
    async with notifying(settings, **patient | {"webhook_longest_retry_s": 8.0}):
        await receiver.down()
        went_down = clock()
        for number, asset_id in enumerate(asset_ids, start=1):
            await publish(js, stories.life_of(asset_id))
            # Time is what this is about: nothing but time makes it a minute.
            await asyncio.sleep(went_down + number * DOWN_S / len(asset_ids) - clock())
        await receiver.up()
        was_down_s = clock() - went_down
        await receiver.until(lambda: len(receiver.events) >= sum(len(life(asset_id)) for asset_id in asset_ids))
        await settled(gateway, endpoint_id)
    assert was_down_s >= DOWN_S
    for asset_id in asset_ids:
        assert told_of(receiver, asset_id) == life(asset_id)
    assert all(is_signed(headers, body, secret) for headers, body in receiver.requests)
    assert {each["state"] for each in await ledger(gateway, endpoint_id)} == {"delivered"}
    # The first event of each asset was tried in vain, and held back those that follow it.
    tried = {each["sequence"]: each["attempts"] for each in await ledger(gateway, endpoint_id)}
    firsts = range(1, len(tried) + 1, len(tried) // len(asset_ids))
    assert tried[1] > 3
    assert all(attempts == 1 for sequence, attempts in tried.items() if sequence not in firsts)


async def test_an_undelivered_event_holds_back_its_asset_and_no_other(
    gateway: httpx.AsyncClient, receiver: Receiver, settings: Settings, js: JetStreamContext
) -> None:
    await endpoint(gateway, receiver)
    receiver.answer = lambda event: 500 if event["asset_id"] == "stuck" else 200
    await publish(js, [*stories.life_of("stuck"), *stories.life_of("free")])
    async with notifying(settings):
        await receiver.until(lambda: told_of(receiver, "free") == life("free"))
        refused = [json.loads(body) for _, body in receiver.requests]
        assert {event["type"] for event in refused if event["asset_id"] == "stuck"} <= {"asset.ingested"}
        receiver.answer = lambda _: 200
        await receiver.until(lambda: told_of(receiver, "stuck") == life("stuck"))


async def test_two_processes_deliver_each_event_once(
    gateway: httpx.AsyncClient, receiver: Receiver, settings: Settings, js: JetStreamContext
) -> None:
    endpoint_id, _ = await endpoint(gateway, receiver)
    asset_ids = [f"asset{number}" for number in range(8)]
    async with notifying(settings), notifying(settings):
        for asset_id in asset_ids:
            await publish(js, stories.life_of(asset_id))
        expected = sum(len(life(asset_id)) for asset_id in asset_ids)
        await receiver.until(lambda: len(receiver.events) >= expected)
        await settled(gateway, endpoint_id)
    assert sorted(event["sequence"] for event in receiver.events) == list(range(1, expected + 1))
    for asset_id in asset_ids:
        assert told_of(receiver, asset_id) == life(asset_id)


async def test_nothing_is_lost_when_notify_or_the_database_goes_away(
    gateway: httpx.AsyncClient,
    receiver: Receiver,
    settings: Settings,
    js: JetStreamContext,
    database: asyncpg.Connection,
) -> None:
    await endpoint(gateway, receiver)
    receiver.answer = lambda _: 503
    async with notifying(settings, webhook_timeout_s=1.0):
        await publish(js, stories.life_of("first"))
        await receiver.until(lambda: len(receiver.requests) > 1)
    await publish(js, stories.life_of("second"))
    async with notifying(settings, webhook_timeout_s=1.0):
        await receiver.until(lambda: len(receiver.requests) > 3)
        await database.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
        await publish(js, stories.life_of("third"))
        receiver.answer = lambda _: 200
        await receiver.until(lambda: told_of(receiver, "third")[-1:] == ["asset.ready"])
        await receiver.until(lambda: all(told_of(receiver, one)[-1:] == ["asset.ready"] for one in ("first", "second")))
    for asset_id in ("first", "second", "third"):
        # One whose answer could not be noted comes again, under the same id.
        assert list(dict.fromkeys(told_of(receiver, asset_id))) == list(dict.fromkeys(life(asset_id)))


async def test_endpoints_get_the_types_and_the_tenant_that_they_are_for(
    gateway: httpx.AsyncClient, receiver: Receiver, settings: Settings, js: JetStreamContext
) -> None:
    await endpoint(gateway, receiver, "asset.ready", "thumbnail.*")
    theirs = [replace(fact, tenant="acme") for fact in stories.life_of("theirs")]
    await publish(js, [*theirs, *stories.life_of("ours")])
    async with notifying(settings):
        await receiver.until(lambda: len(receiver.events) >= 2)
    assert told_of(receiver, "ours") == ["thumbnail.made", "asset.ready"]
    assert told_of(receiver, "theirs") == []


async def test_events_are_delivered_again_from_the_one_that_is_asked_for(
    gateway: httpx.AsyncClient, receiver: Receiver, settings: Settings, js: JetStreamContext
) -> None:
    endpoint_id, _ = await endpoint(gateway, receiver)
    async with notifying(settings):
        await publish(js, stories.life_of("a"))
        count = len(life("a"))
        await receiver.until(lambda: len(receiver.events) == count)
        answer = await gateway.post(f"/v1/webhooks/{endpoint_id}/redeliveries", json={"from_sequence": 4})
        assert answer.status_code == 202
        await receiver.until(lambda: len(receiver.events) >= 2 * count - 3)
        # What happened before an endpoint was made can be had by it, too.
        late_id, _ = await endpoint(gateway, receiver, "asset.ready")
        await gateway.post(f"/v1/webhooks/{late_id}/redeliveries", json={"from_sequence": 1})
        await receiver.until(lambda: len(receiver.events) >= 2 * count - 2)
    again = [event["sequence"] for event in receiver.events]
    assert again == [*range(1, count + 1), *range(4, count + 1), count]
    ids = [headers["webhook-id"] for headers, _ in receiver.requests]
    assert ids[count] == ids[3]


async def test_what_is_asked_for_again_before_the_first_look_at_the_log_comes_after_it(
    gateway: httpx.AsyncClient,
    receiver: Receiver,
    settings: Settings,
    js: JetStreamContext,
    database: asyncpg.Connection,
) -> None:
    endpoint_id, _ = await endpoint(gateway, receiver)
    await publish(js, stories.life_of("a"))
    await database.execute("UPDATE webhook_cursor SET sequence = NULL")
    await gateway.post(f"/v1/webhooks/{endpoint_id}/redeliveries", json={"from_sequence": 3})
    async with notifying(settings):
        await receiver.until(lambda: told_of(receiver, "a") == life("a")[2:])
        await settled(gateway, endpoint_id)
        async with asyncio.timeout(PATIENCE_S):
            while await database.fetchval("SELECT count(redeliver_from) FROM webhook_endpoints"):
                await asyncio.sleep(0.02)
    assert len(receiver.events) == len(life("a")) - 2


async def test_both_secrets_sign_while_one_replaces_the_other(
    gateway: httpx.AsyncClient, receiver: Receiver, settings: Settings, js: JetStreamContext
) -> None:
    endpoint_id, old = await endpoint(gateway, receiver)
    path = f"/v1/webhooks/{endpoint_id}/secret"
    async with notifying(settings):
        new = (await gateway.post(path, json={"overlap_s": 600})).json()["secret"]
        await publish(js, [stories.ingested("a")])
        await receiver.until(lambda: len(receiver.events) == 1)
        newest = (await gateway.post(path, json={"overlap_s": 0})).json()["secret"]
        await publish(js, [stories.ingested("b")])
        await receiver.until(lambda: len(receiver.events) == 2)
    during, after = receiver.requests
    assert [is_signed(*during, secret) for secret in (old, new, newest)] == [True, True, False]
    assert [is_signed(*after, secret) for secret in (old, new, newest)] == [False, False, True]


async def test_an_endpoint_that_keeps_failing_is_disabled_with_notice_and_can_be_enabled_again(
    gateway: httpx.AsyncClient, receiver: Receiver, settings: Settings, js: JetStreamContext
) -> None:
    endpoint_id, _ = await endpoint(gateway, receiver)
    receiver.answer = lambda _: 500
    async with notifying(settings, webhook_disable_after_s=0.5):
        await publish(js, [stories.ingested("a")])

        async def known() -> dict[str, Any]:
            return dict((await gateway.get(f"/v1/webhooks/{endpoint_id}")).json())

        async with asyncio.timeout(PATIENCE_S):
            while (await known())["is_enabled"]:
                await asyncio.sleep(0.05)
        assert "answered 500" in (await known())["disabled_reason"]
        raised = await js.get_last_msg("MEDIA", f"alert.v1.webhook_disabled.default.{endpoint_id}")
        assert raised.data is not None
        assert decode_alert(raised.data).about == endpoint_id
        receiver.answer = lambda _: 200
        enabled = (await gateway.patch(f"/v1/webhooks/{endpoint_id}", json={"is_enabled": True})).json()
        assert (enabled["disabled_reason"], enabled["failing_since"]) == (None, None)
        await receiver.until(lambda: told_of(receiver, "a") == ["asset.ingested"])


async def test_nothing_is_posted_into_our_own_network(
    gateway: httpx.AsyncClient, receiver: Receiver, settings: Settings, js: JetStreamContext
) -> None:
    endpoint_id, _ = await endpoint(gateway, receiver)
    await publish(js, [stories.ingested("a")])
    async with notifying(settings, webhook_allow_private=False):
        async with asyncio.timeout(PATIENCE_S):
            while not [each for each in await ledger(gateway, endpoint_id) if each["attempts"]]:
                await asyncio.sleep(0.05)
    (tried,) = await ledger(gateway, endpoint_id)
    assert (tried["state"], tried["last_attempt"]["status"]) == ("pending", None)
    assert receiver.requests == []


@pytest.fixture
async def lanes(settings: Settings) -> AsyncIterator[Lanes]:
    """Return lanes as a process sees them; nothing works on them."""
    async with asyncpg.create_pool(settings.database_url.get_secret_value(), min_size=0) as pool:
        yield Lanes(pool, lease_s=60.0, most_per_endpoint=2, most_per_tenant=3)


async def queue(database: asyncpg.Connection, *asset_ids: str, tenant: str = "default", first: int = 1) -> None:
    """Queue an event of each asset for every endpoint of a tenant, as if the log held nothing else."""
    await database.execute("UPDATE webhook_cursor SET sequence = 0")
    facts = [replace(stories.ingested(asset_id), tenant=tenant) for asset_id in asset_ids]
    happenings = [happened(fact, number, datetime.now(UTC)) for number, fact in enumerate(facts, start=first)]
    await Queue(database).add(0, first + len(facts), happenings)


async def test_a_delivery_whose_endpoint_is_deleted_under_way_leaves_nothing(
    gateway: httpx.AsyncClient, receiver: Receiver, database: asyncpg.Connection, lanes: Lanes
) -> None:
    endpoint_id, _ = await endpoint(gateway, receiver)
    await queue(database, "a")
    delivery = await lanes.lease()
    assert delivery is not None
    assert (await gateway.delete(f"/v1/webhooks/{endpoint_id}")).status_code == 204
    attempt = Attempt(at=datetime.now(UTC), duration_s=0.1, status=204)
    await lanes.settle(delivery, attempt, "delivered", 0.0, None)
    assert await database.fetchval("SELECT count(*) FROM webhook_attempts") == 0
    assert await lanes.lease() is None


async def test_one_tenants_endpoints_leave_senders_to_the_others(
    gateway: httpx.AsyncClient, receiver: Receiver, database: asyncpg.Connection, lanes: Lanes
) -> None:
    for _ in range(3):
        await endpoint(gateway, receiver)
    gateway.headers.update(bearer(await key_of(database, "acme", "admin")))
    await endpoint(gateway, receiver)
    await queue(database, "a", "b", "c")
    await queue(database, "theirs", tenant="acme", first=10)
    leased = [delivery.tenant for _ in range(6) if (delivery := await lanes.lease())]
    assert leased == ["default"] * 3 + ["acme"]


async def test_a_tenant_has_a_most_of_webhooks(
    settings: Settings, database: asyncpg.Connection, store: Any, nc: Any
) -> None:
    few = settings.model_copy(update={"webhooks_per_tenant": 2})
    key, other = [await key_of(database, tenant, "admin") for tenant in ("default", "acme")]
    async with (
        asyncpg.create_pool(settings.database_url.get_secret_value(), min_size=0) as pool,
        asking(few, pool, store, nc, key) as client,
    ):

        async def create(headers: dict[str, str] | None = None) -> httpx.Response:
            return await client.post("/v1/webhooks", json={"url": "https://a.example"}, headers=headers)

        answers = await asyncio.gather(*(create() for _ in range(4)))
        assert sorted(answer.status_code for answer in answers) == [201, 201, 409, 409]
        assert {answer.json().get("code") for answer in answers} == {None, "too_many_webhooks"}
        assert (await create(bearer(other))).status_code == 201
        made = [answer.json()["webhook"]["endpoint_id"] for answer in answers if answer.status_code == 201]
        await client.delete(f"/v1/webhooks/{made[0]}")
        assert (await create()).status_code == 201


async def test_an_event_that_nobody_takes_is_given_up_and_the_next_one_tried(
    gateway: httpx.AsyncClient, receiver: Receiver, settings: Settings, js: JetStreamContext
) -> None:
    endpoint_id, _ = await endpoint(gateway, receiver)
    receiver.answer = lambda event: 500 if event["type"] == "asset.ingested" else 200
    async with notifying(settings, webhook_retry_for_s=0.3):
        await publish(js, [stories.ingested("a"), stories.probed("a")])
        await receiver.until(lambda: told_of(receiver, "a") == ["asset.probed"])
        await settled(gateway, endpoint_id)
    probed, ingested = await ledger(gateway, endpoint_id)
    assert (probed["state"], ingested["state"]) == ("delivered", "failed")
    assert ingested["attempts"] > 1


@pytest.mark.parametrize(
    "asked",
    [
        {"url": "ftp://a.example"},
        {"url": "https://user:word@a.example"},
        {"url": "https://a.example", "events": []},
        {"url": "https://a.example", "events": ["asset ready"]},
        {"url": "https://a.example/\n"},
        {"url": "https://a.example", "events": ["asset.ready\n"]},
        {},
    ],
)
async def test_what_cannot_be_an_endpoint_is_refused(gateway: httpx.AsyncClient, asked: dict[str, Any]) -> None:
    answer = await gateway.post("/v1/webhooks", json=asked)
    assert (answer.status_code, answer.json()["code"]) == (400, "request_invalid")


async def test_what_is_done_to_an_endpoint_is_audited(gateway: httpx.AsyncClient, receiver: Receiver) -> None:
    endpoint_id, _ = await endpoint(gateway, receiver)
    path = f"/v1/webhooks/{endpoint_id}"
    for method, where, body in [
        ("PATCH", path, {"label": "x"}),
        ("PATCH", path, {"is_enabled": False}),
        ("PATCH", path, {"is_enabled": True, "events": ["asset.ready"]}),
        ("PATCH", path, {}),
        ("POST", f"{path}/redeliveries", {"from_sequence": 1}),
        ("POST", f"{path}/secret", {}),
        ("DELETE", path, None),
    ]:
        assert (await gateway.request(method, where, json=body)).is_success, (method, where)
    acts = (await gateway.get("/v1/audit", params={"limit": 200})).json()["entries"]
    assert [act["action"] for act in reversed(acts) if act["target"] == endpoint_id] == [
        "webhook.created", "webhook.changed", "webhook.disabled", "webhook.changed", "webhook.enabled",
        "webhook.redelivered", "webhook.secret_rotated", "webhook.deleted",
    ]  # fmt: skip


async def test_endpoints_are_their_tenants_own(
    gateway: httpx.AsyncClient, receiver: Receiver, database: asyncpg.Connection
) -> None:
    endpoint_id, secret = await endpoint(gateway, receiver)
    own = (await gateway.get("/v1/webhooks")).text
    assert endpoint_id in own
    assert secret not in own
    headers = bearer(await key_of(database, "acme", "admin"))
    assert (await gateway.get("/v1/webhooks", headers=headers)).json() == {"webhooks": []}
    path = f"/v1/webhooks/{endpoint_id}"
    for method, where, body in (
        ("GET", path, None),
        ("PATCH", path, {"label": "x"}),
        ("DELETE", path, None),
        ("POST", f"{path}/secret", {}),
        ("POST", f"{path}/redeliveries", {"from_sequence": 1}),
        ("GET", f"{path}/deliveries", None),
        ("GET", f"{path}/deliveries/1", None),
    ):
        answer = await gateway.request(method, where, headers=headers, json=body)
        assert (answer.status_code, answer.json()["code"]) == (404, "webhook_missing"), (method, where)
    reader = bearer(await key_of(database, "default", "read", "write"))
    assert (await gateway.get("/v1/webhooks", headers=reader)).status_code == 403
    assert (await gateway.delete(path)).status_code == 204
    assert (await gateway.get(path)).status_code == 404
