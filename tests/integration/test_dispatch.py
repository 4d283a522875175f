"""Work on its way from the queue to its workers, on a real server."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import msgspec
import nats
import pytest
from msgspec.structs import replace
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import StreamState

from contracts.codec import decode
from contracts.estimates import Estimate, LanePosition, estimate_subject
from contracts.v1 import AssetDeleted, AssetPurged, AssetReady, AssetRestored, FetchInput, Work
from infra.local.settings import settings_from
from infra.local.stack import Stack
from services.dispatch.dispatcher import Dispatcher
from services.dispatch.forecaster import Forecaster
from services.dispatch.memory import keep_seen
from services.dispatch.settings import DispatchSettings
from services.dispatch.shares import Shares, keep_reading
from services.runtime.background import end
from services.runtime.publish import Publisher
from services.runtime.settings import Settings
from tests.dispatching import dispatching


@pytest.fixture
def js(clean_streams: None, js: JetStreamContext) -> JetStreamContext:
    return js


@pytest.fixture
async def as_dispatch(stack: Stack) -> AsyncIterator[Client]:
    """Return a connection that may do what ``dispatch`` may, and no more."""
    own = settings_from(stack.environment_of("dispatch"))
    assert own.nats_password is not None
    connection = await nats.connect(
        own.nats_url,
        user=own.nats_user,
        password=own.nats_password.get_secret_value(),
        inbox_prefix=b"_INBOX_dispatch",
    )
    yield connection
    await connection.close()


def task(tenant: str, number: int) -> FetchInput:
    return FetchInput(asset_id=f"{tenant}{number}", tenant=tenant, url="https://films.example/a", key="uploads/a")


async def queued(js: JetStreamContext, *tasks: Work) -> None:
    publish = Publisher(js)
    await asyncio.gather(*(publish(one) for one in tasks))


async def state(js: JetStreamContext, stream: str) -> StreamState:
    return (await js.stream_info(stream, subjects_filter=">")).state


async def until(true: Callable[[StreamState], bool], js: JetStreamContext, stream: str) -> None:
    async with asyncio.timeout(60):
        while not true(await state(js, stream)):
            await asyncio.sleep(0.02)


async def done(js: JetStreamContext, number: int) -> list[Work]:
    """Take tasks as a single worker does, one after the other, and return them."""
    worker = await js.pull_subscribe_bind("fetch", "TASKS")
    tasks: list[Work] = []
    for _ in range(number):
        (message,) = await worker.fetch(1, timeout=60)
        await message.ack_sync()
        taken = decode(message.data)
        assert isinstance(taken, Work)
        tasks.append(taken)
    await worker.unsubscribe()
    return tasks


async def test_a_flood_of_one_tenant_does_not_keep_another_waiting(nc: Client, js: JetStreamContext) -> None:
    await queued(js, *(task("flood", number) for number in range(100)))
    async with dispatching(nc):
        await done(js, 10)
        await queued(js, task("late", 0))
        await until(lambda state: state.last_seq == 101, js, "QUEUE")
        tenants = [taken.tenant for taken in await done(js, 10)]

    # What was being handed over just then goes first.
    assert "late" in tenants[:3]


async def test_what_no_worker_can_begin_stays_in_the_queue(nc: Client, js: JetStreamContext) -> None:
    await queued(js, *(task("a", number) for number in range(20)))
    async with dispatching(nc):
        assert len(await done(js, 10)) == 10
        for _ in range(10):
            # Nobody asks for any, so none may leave; what was on its way is there by now.
            await nc.request(estimate_subject("a", "a"), timeout=60)
        assert (await state(js, "TASKS")).messages == 0
        assert len(await done(js, 10)) == 10
        await until(lambda state: not state.messages, js, "QUEUE")
    assert not (await state(js, "TASKS")).messages


async def test_a_task_is_handed_over_whole(nc: Client, js: JetStreamContext) -> None:
    own = replace(task("a", 1), priority="low")
    await Publisher(js)(own, {"correlation_id": "c"})
    before = await js.get_msg("QUEUE", seq=1)
    worker = await js.pull_subscribe_bind("fetch", "TASKS")
    async with dispatching(nc):
        (after,) = await worker.fetch(1, timeout=60)
    await worker.unsubscribe()
    assert (after.subject, after.data) == (own.subject, before.data)
    assert (after.headers or {}).items() >= (before.headers or {}).items()
    assert before.headers is not None
    assert before.headers["Nats-Msg-Id"] == own.message_id


async def test_work_of_a_deleted_asset_is_not_handed_out_until_it_is_restored(
    as_dispatch: Client, js: JetStreamContext
) -> None:
    publish = Publisher(js)
    await publish(AssetDeleted(asset_id="a1", tenant="a", edit="1", purge_at=datetime.now(UTC) + timedelta(days=1)))
    await queued(js, *(task("a", number) for number in (1, 2, 3)))
    async with dispatching(as_dispatch):
        assert {taken.asset_id for taken in await done(js, 2)} == {"a2", "a3"}
        # It would have been handed out before this one.
        await queued(js, task("a", 4))
        assert [taken.asset_id for taken in await done(js, 1)] == ["a4"]
        await until(lambda state: list(state.subjects or {}) == [task("a", 1).queue_subject], js, "QUEUE")
        await publish(AssetRestored(asset_id="a1", tenant="a", edit="2"))
        assert [taken.asset_id for taken in await done(js, 1)] == ["a1"]
        await until(lambda state: not state.messages, js, "QUEUE")


async def test_work_of_a_purged_asset_is_dropped(as_dispatch: Client, js: JetStreamContext) -> None:
    publish = Publisher(js)
    for asset_id in ("a1", "a2"):
        await publish(AssetDeleted(asset_id=asset_id, tenant="a", edit="e", purge_at=datetime.now(UTC)))
    await publish(AssetPurged(asset_id="a1", tenant="a", objects=0, attempt=1))
    await queued(js, *(task("a", number) for number in (1, 2, 3)))
    async with dispatching(as_dispatch):
        assert [taken.asset_id for taken in await done(js, 1)] == ["a3"]
        await until(lambda state: list(state.subjects or {}) == [task("a", 2).queue_subject], js, "QUEUE")
        # What waited aside is dropped, too.
        await publish(AssetPurged(asset_id="a2", tenant="a", objects=0, attempt=1))
        await until(lambda state: not state.messages, js, "QUEUE")
    assert not (await state(js, "TASKS")).messages


async def test_two_dispatchers_hand_everything_over_once(nc: Client, js: JetStreamContext) -> None:
    tasks = [task(tenant, number) for tenant in "ab" for number in range(25)]
    await queued(js, *tasks)
    async with dispatching(nc), dispatching(nc):
        taken = await done(js, 50)
        await until(lambda state: not state.messages, js, "QUEUE")
    assert sorted(one.asset_id for one in taken) == sorted(one.asset_id for one in tasks)
    assert not (await state(js, "TASKS")).messages


async def test_a_dispatcher_that_died_in_the_middle_has_lost_and_repeated_nothing(
    nc: Client, js: JetStreamContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    died = asyncio.Event()

    async def die(*_: Any) -> None:
        died.set()
        await asyncio.Event().wait()

    await queued(js, *(task("a", number) for number in range(5)))
    with monkeypatch.context() as dying:
        dying.setattr(Dispatcher, "_delete", die)
        worker = await js.pull_subscribe_bind("fetch", "TASKS")
        async with dispatching(nc):
            (first,) = await worker.fetch(1, timeout=60)
            await asyncio.wait_for(died.wait(), 60)
        await worker.unsubscribe()
        await first.nak()
    assert ((await state(js, "QUEUE")).messages, (await state(js, "TASKS")).messages) == (5, 1)
    async with dispatching(nc):
        taken = await done(js, 5)
        await until(lambda state: not state.messages, js, "QUEUE")
    assert [one.asset_id for one in taken] == [f"a{number}" for number in range(5)]
    assert not (await state(js, "TASKS")).messages


async def test_what_waits_already_is_not_queued_twice(nc: Client, js: JetStreamContext) -> None:
    config = (await js.stream_info("QUEUE")).config
    await js.update_stream(config.evolve(duplicate_window=0.1))
    publish = Publisher(js)
    await queued(js, task("a", 0), task("a", 1))
    async with asyncio.timeout(60):
        # Once the server has forgotten its id, the same task is taken again.
        while await publish(task("a", 1)) == 2:
            await asyncio.sleep(0.02)
    async with dispatching(nc):
        await until(lambda state: state.messages == 2, js, "QUEUE")
        taken = await done(js, 2)
    assert [one.asset_id for one in taken] == ["a0", "a1"]
    assert not (await state(js, "TASKS")).messages


async def test_a_tenant_has_no_more_in_work_than_it_may(nc: Client, js: JetStreamContext) -> None:
    shares = Shares(None)
    shares.renew([("small", 1, 2)])
    # What is held here has no heartbeat, and must not come back on a slow machine.
    durable = (await js.consumer_info("TASKS", "fetch")).config
    await js.add_consumer("TASKS", durable.evolve(ack_wait=600.0))
    await queued(js, *(task(tenant, number) for tenant in ("small", "large") for number in range(8)))
    worker = await js.pull_subscribe_bind("fetch", "TASKS")
    held: dict[str, list[Msg]] = {"small": [], "large": []}

    async def take() -> None:
        (message,) = await worker.fetch(1, timeout=60)
        held[decode(message.data).tenant].append(message)

    async with dispatching(nc, shares):
        for _ in range(10):
            await take()
        assert {tenant: len(messages) for tenant, messages in held.items()} == {"small": 2, "large": 8}
        await until(lambda state: state.messages == 6, js, "QUEUE")
        waiting = (await state(js, "QUEUE")).subjects or {}
        assert Counter(subject.split(".")[5] for subject in waiting) == {"small": 6}
        await held["small"].pop().ack_sync()
        await take()
    assert len(held["small"]) == 2
    for message in (*held["small"], *held["large"]):
        await message.ack()
    await worker.unsubscribe()


async def test_what_the_operator_says_of_tenants_is_read_again_and_again(settings: Settings, nc: Client) -> None:
    own = DispatchSettings.model_validate(settings.model_dump() | {"tenants_poll_s": 0.02, "tenant_tasks": 7})
    shares = Shares(own.tenant_tasks)
    database = await asyncpg.connect(settings.database_url.get_secret_value())
    await database.execute("INSERT INTO tenants (tenant) VALUES ('fair-a') ON CONFLICT DO NOTHING")
    reading = asyncio.create_task(keep_reading(own, shares, nc))
    for share, most in ((5, 3), (2, None)):
        await database.execute("UPDATE tenants SET share = $1, most_tasks = $2 WHERE tenant = 'fair-a'", share, most)
        async with asyncio.timeout(60):
            while shares.of.get("fair-a") != share:
                await asyncio.sleep(0.02)
        assert shares.most_tasks("fair-a") == (most or 7)
    await end({reading})
    await database.execute("DELETE FROM tenants WHERE tenant = 'fair-a'")
    await database.close()


async def test_a_new_process_knows_what_others_saw_of_how_long_work_takes(settings: Settings, nc: Client) -> None:
    own = DispatchSettings(database_url=settings.database_url, seen_work_written_s=0.02)
    seen = {"encode.audio": [(10.0, 1.0), (20.0, 2.0)], "ready": [(1.0, 0.5)]}

    async def remembering(forecaster: Forecaster, true: Callable[[], Awaitable[bool]]) -> None:
        keeping = asyncio.create_task(keep_seen(own, forecaster, nc))
        async with asyncio.timeout(60):
            while not await true():
                await asyncio.sleep(0.02)
        await end({keeping})

    database = await asyncpg.connect(settings.database_url.get_secret_value())
    await database.execute("DELETE FROM seen_work")
    first, second = (Forecaster(Shares(None), lambda _: None) for _ in range(2))
    first.recall(seen)

    async def is_written() -> bool:
        return bool(await database.fetchval("SELECT count(*) = $1 FROM seen_work", len(seen)))

    async def is_known() -> bool:
        return second.seen == seen

    await remembering(first, is_written)
    await remembering(second, is_known)
    await database.execute("DELETE FROM seen_work")
    await database.close()


async def test_work_of_which_nobody_knows_a_worker_keeps_nothing_else_waiting(nc: Client, js: JetStreamContext) -> None:
    await js.publish("queue.v1.paint.bulk.normal.a.x.asset", b"{}")
    await js.publish("queue.v1.odd", b"{}")
    await queued(js, task("a", 0))
    async with dispatching(nc):
        assert len(await done(js, 1)) == 1
        await until(lambda state: state.messages == 2, js, "QUEUE")


async def test_what_is_told_of_an_asset_follows_what_was_seen_of_others(nc: Client, js: JetStreamContext) -> None:
    publish = Publisher(js)
    tasks = [task("a", number) for number in range(12)]

    async def told(own: FetchInput) -> Estimate:
        answer = await nc.request(estimate_subject(own.tenant, own.asset_id), timeout=60)
        return msgspec.json.decode(answer.data, type=Estimate)

    async with dispatching(nc) as ratios:
        await queued(js, *tasks[:10])
        for own in await done(js, 10):
            ready = AssetReady(
                asset_id=own.asset_id, tenant="a", recipe="r", hls_key="", dash_key="", poster_key="",
                storyboard_key="", duration_s=1.0,
            )  # fmt: skip
            await publish(ready)
        await queued(js, tasks[10], tasks[11])
        async with asyncio.timeout(60):
            while (last := await told(tasks[11])).lanes != [LanePosition(lane="fetch", position=2, waiting=1)]:
                await asyncio.sleep(0.02)
        assert last.ready_in_s is not None
        assert last.ready_in_s >= 0
        await done(js, 2)
        await publish(replace(ready, asset_id=tasks[11].asset_id))
        async with asyncio.timeout(60):
            while not ratios:
                await asyncio.sleep(0.02)
        assert all(ratio >= 0 for ratio in ratios)
        nobodys = await told(task("b", 0))
    assert nobodys == Estimate()
