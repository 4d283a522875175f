"""The sweep on a real log: what got lost is asked for again by whoever owes it, and nothing is lost in silence."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import msgspec
import pytest
from nats.aio.client import Client
from nats.js import JetStreamContext

from contracts import again
from contracts.codec import decode
from contracts.lateness import SUBJECT, Lateness
from contracts.v1 import (
    AssetFailed,
    AssetPlanned,
    CaptionsAsked,
    CaptionsRefused,
    EncodeAudio,
    Fact,
    MakeThumbnails,
    QualityMeasured,
    TranscribeAudio,
)
from services.plan.app import PlanSettings
from services.plan.app import build as build_plan
from services.reconcile.deadlines import DEADLINES
from services.reconcile.expected import tasks_of
from services.reconcile.sweep import Sweeper
from services.reconcile.tell import Teller
from services.reconcile.watch import Watch
from services.runtime.background import end
from services.runtime.follow import page
from services.runtime.queues import named
from services.runtime.settings import Settings
from services.runtime.store import Store
from tests import stories
from tests.processes import PATIENCE_S
from tests.projection import publish
from tests.serving import running
from tests.unit.plan.samples import audio, video
from tests.unit.plan.samples import probed as probed_of

pytestmark = pytest.mark.usefixtures("clean_streams")

A = "a"
T = TypeVar("T")


class Clock:
    """Begins now; a test turns it on."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def turn(self, seconds: float) -> None:
        self.ahead += timedelta(seconds=seconds)


@asynccontextmanager
async def sweeping(js: JetStreamContext, store: Store, clock: Callable[[], datetime]) -> AsyncIterator[Sweeper]:
    watch = Watch()
    following = asyncio.create_task(watch.follow(js))
    try:
        await watch.reached((await js.stream_info("MEDIA")).state.last_seq)
        yield Sweeper(js, store, watch, clock)
    finally:
        await end({following})


async def facts_of(js: JetStreamContext, kind: type[Fact]) -> list[Fact]:
    messages = await page(js, "MEDIA", [kind.subject_filter()], 0, 100)
    return [fact for message in messages if isinstance(fact := decode(message.data), Fact)]


async def asked_in(js: JetStreamContext) -> list[again.Asked]:
    messages = await page(js, "MEDIA", [f"{again.ROOT}.>"], 0, 100)
    return [asked for message in messages if (asked := again.asked_by(message.subject, message.headers)) is not None]


async def tasks_in(js: JetStreamContext) -> list[object]:
    return [decode(message.data) for message in await page(js, "QUEUE", [">"], 0, 100)]


async def swallow(js: JetStreamContext, durable: str, count: int) -> list[str]:
    """Ack what a durable has, as a handler whose results are lost; return the subjects."""
    subscription = await js.pull_subscribe_bind(durable, "MEDIA")
    messages = [(await subscription.fetch(1, timeout=PATIENCE_S))[0] for _ in range(count)]
    for message in messages:
        await message.ack_sync()
    await subscription.unsubscribe()
    return [message.subject for message in messages]


async def found(look: Callable[[], Awaitable[list[T]]]) -> list[T]:
    """Return what there is, once there is something."""
    async with asyncio.timeout(PATIENCE_S):
        while not (seen := await look()):
            await asyncio.sleep(0.02)
    return seen


async def settled(js: JetStreamContext, durable: str) -> None:
    """Return once a durable has nothing left; ask after it began, for a message counts a moment after it was stored."""
    async with asyncio.timeout(PATIENCE_S):
        while (info := await js.consumer_info("MEDIA", durable)).num_pending or info.num_ack_pending:
            await asyncio.sleep(0.02)


async def test_a_fact_whose_answer_was_lost_is_told_again_to_whom_owes_it_and_to_nobody_else(
    js: JetStreamContext, store: Store
) -> None:
    clock = Clock()
    await publish(js, [stories.ingested(A)])
    await swallow(js, "probe", 1)
    async with sweeping(js, store, clock) as sweeper:
        assert (await sweeper.sweep()).overdue_s == 0.0
        assert await asked_in(js) == []
        clock.turn(60)
        assert (await sweeper.sweep()).asset_id == A
    assert await asked_in(js) == [again.Asked("probe", A, 1)]
    assert await swallow(js, "probe", 1) == ["again.v1.probe.media.v1.asset.ingested.a.asset"]
    for name in ("plan", "package", "finalize", "withdraw", "plan_retry"):
        assert (await js.consumer_info("MEDIA", name)).num_pending == 0


async def test_what_waits_for_its_service_is_not_asked_for_again(js: JetStreamContext, store: Store) -> None:
    clock = Clock()
    await publish(js, [stories.ingested(A)])
    async with sweeping(js, store, clock) as sweeper:
        clock.turn(3600)
        late = await sweeper.sweep()
        assert (late.overdue_s, late.unresolved) == (0.0, 1)
        assert late.oldest_s > 3599
    assert await asked_in(js) == []


async def test_two_sweeps_side_by_side_ask_once(js: JetStreamContext, store: Store) -> None:
    clock = Clock()
    await publish(js, [stories.ingested(A)])
    await swallow(js, "probe", 1)
    async with sweeping(js, store, clock) as one, sweeping(js, store, clock) as other:
        clock.turn(60)
        await asyncio.gather(one.sweep(), other.sweep())
    assert len(await asked_in(js)) == 1


async def test_who_never_answers_is_asked_a_few_times_and_then_the_asset_has_failed(
    js: JetStreamContext, store: Store
) -> None:
    clock = Clock()
    await publish(js, [stories.ingested(A), stories.probed(A)])
    await swallow(js, "plan", 1)
    async with sweeping(js, store, clock) as sweeper:
        for tries in range(1, DEADLINES["probed"].tries + 1):
            clock.turn(3600)
            assert (await sweeper.sweep()).overdue_s > 3500
            assert len(await asked_in(js)) == tries
            await swallow(js, "plan", 1)
        clock.turn(3600)
        await sweeper.sweep()
        (failed,) = await facts_of(js, AssetFailed)
        assert isinstance(failed, AssetFailed)
        assert (failed.code, failed.service) == ("plan_overdue", "reconcile")
        late = await sweeper.sweep()
        assert (late.overdue_s, late.unresolved) == (0.0, 0)
    assert len(await asked_in(js)) == DEADLINES["probed"].tries


async def test_tasks_that_were_purged_are_handed_out_again_and_no_others(
    js: JetStreamContext, store: Store, settings: Settings
) -> None:
    clock = Clock()
    probed = probed_of(video(duration_s=100), sounds=[audio(duration_s=100)])
    own = PlanSettings(**settings.model_dump())
    async with running(build_plan(own)), sweeping(js, store, clock) as sweeper:
        await publish(js, [stories.ingested(A), probed])
        (plan,) = await found(lambda: facts_of(js, AssetPlanned))
        assert isinstance(plan, AssetPlanned)
        wanted = {*tasks_of(plan), "transcribe.a.speech-1"}
        async with asyncio.timeout(PATIENCE_S):
            # Nobody dispatches here: what is handed out stays in its first stream.
            while named(queued := (await js.stream_info("QUEUE", subjects_filter=">")).state.subjects or {}) != wanted:
                await asyncio.sleep(0.02)
        await settled(js, "plan")
        await settled(js, "plan_speech")
        done, *_ = (subject for subject in queued if ".encode.audio." in subject)
        await publish(js, [msgspec.structs.replace(stories.pictured(A), recipe=plan.recipe)])
        await js.purge_stream("QUEUE")
        await js.publish(done, b"{}")

        clock.turn(600)
        await sweeper.sweep()
        wanted_again = {subject: 1 for subject in queued if ".thumbnail." not in subject}
        async with asyncio.timeout(PATIENCE_S):
            while (await js.stream_info("QUEUE", subjects_filter=">")).state.subjects != wanted_again:
                await asyncio.sleep(0.02)
        assert (await sweeper.sweep()).overdue_s == 0.0
        assert {asked.durable for asked in await asked_in(js)} == {"plan_lost", "plan_speech"}
    assert not isinstance(plan, EncodeAudio | MakeThumbnails)


async def test_a_transcript_that_is_lost_is_handed_out_once_more_and_then_refused(
    js: JetStreamContext, store: Store, settings: Settings
) -> None:
    clock = Clock()
    asked = CaptionsAsked(asset_id=A, track="speech-1", version=1, stream_index=1, language="de")
    await publish(js, [*stories.life_of(A), QualityMeasured(asset_id=A, recipe=stories.RECIPE)])
    await swallow(js, "plan", 1)
    async with running(build_plan(PlanSettings(**settings.model_dump()))), sweeping(js, store, clock) as sweeper:
        await publish(js, [asked])
        for lost in range(2):
            (task,) = await found(lambda: tasks_in(js))
            await settled(js, "plan_speech")
            assert isinstance(task, TranscribeAudio)
            assert (task.track, task.version, task.language) == ("speech-1", 1, "de")
            # While it waits, it is not late.
            clock.turn(3600)
            assert (await sweeper.sweep()).overdue_s == 0.0
            await js.purge_stream("QUEUE")
            clock.turn(3600)
            await sweeper.sweep()
            assert len(await asked_in(js)) == 1
            assert await facts_of(js, CaptionsRefused) == [] or lost
        (refused,) = await facts_of(js, CaptionsRefused)
        assert isinstance(refused, CaptionsRefused)
        assert (refused.track, refused.version, refused.code) == ("speech-1", 1, "transcription_overdue")
        assert (await sweeper.sweep()).unresolved == 0
    assert await facts_of(js, AssetFailed) == []


async def test_what_is_lost_once_more_is_asked_for_once_more(js: JetStreamContext, store: Store) -> None:
    clock = Clock()
    await publish(js, stories.life_of(A)[:3])
    async with sweeping(js, store, clock) as sweeper:
        for lost in range(1, 4):
            clock.turn(3600)
            await sweeper.sweep()
            assert len(await asked_in(js)) == lost
            await swallow(js, "plan_lost", 1)
            # Something came, so that the time and the tries begin anew.
            await publish(js, [stories.encoded(A, stories.PARTS[lost])])


async def test_a_plan_that_was_said_again_long_after_its_work_leads_to_nothing(
    js: JetStreamContext, store: Store
) -> None:
    clock = Clock()
    facts = [*stories.life_of(A), stories.planned(A)]
    for fact in facts:
        await js.publish(fact.subject, msgspec.json.encode(fact))
    await swallow(js, "measure_quality", 1)
    async with sweeping(js, store, clock) as sweeper:
        # As one who came after the asset was done: all it knows is the plan.
        sweeper._watch.lives[A].works[stories.RECIPE].stated.clear()
        clock.turn(3600)
        await sweeper.sweep()
        assert {asked.durable for asked in await asked_in(js)} == {"measure_quality"}


async def test_an_import_whose_order_was_lost_has_failed_and_one_whose_file_is_there_is_waited_for(
    js: JetStreamContext, store: Store
) -> None:
    clock = Clock()
    here, lost = (
        msgspec.structs.replace(stories.awaited(name, f"import-{name}"), size_bytes=None) for name in ("here", "lost")
    )
    await store.put(here.key, b"x", content_type="video/mp4")
    await publish(js, [here, lost])
    async with sweeping(js, store, clock) as sweeper:
        clock.turn(3600)
        late = await sweeper.sweep()
        await sweeper._watch.reached((await js.stream_info("MEDIA")).state.last_seq)
        assert late.overdue_s > 3500
        assert (await sweeper.sweep()).overdue_s == 0.0
    (failed,) = await facts_of(js, AssetFailed)
    assert failed.asset_id == "lost"


async def test_whoever_asks_is_told_how_late_everything_is(nc: Client, settings: Settings) -> None:
    teller = Teller(settings)
    late = Lateness(at=stories.NOON, overdue_s=3.5, oldest_s=9.0, unresolved=2, asset_id=A, state="probed")
    async with teller.answering(nc):
        teller.tell(late)
        answer = await nc.request(SUBJECT, b"", timeout=PATIENCE_S)
    assert msgspec.json.decode(answer.data, type=Lateness) == late
