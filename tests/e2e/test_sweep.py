"""What an operator, a store or a process loses, comes back by itself, with every service at work."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from nats.aio.client import Client

from contracts.codec import decode
from contracts.lateness import SUBJECT
from contracts.v1 import AnyFact, AssetPlayable, AssetReady, ChunkEncoded
from services.reconcile.audit import Audit
from services.reconcile.repair import Repair
from services.reconcile.sweep import Sweeper
from services.reconcile.watch import Watch
from services.runtime import follow
from services.runtime.background import end, keep_running
from services.runtime.queues import queued
from services.runtime.store import Store
from tests.media import make_clip
from tests.watch import PATIENCE_S, facts_until, id_of, made

pytestmark = pytest.mark.usefixtures("services")

AT_ONCE = -timedelta(minutes=1)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder: Path = tmp_path_factory.mktemp("clips")
    return make_clip(
        folder / "clip.mkv", width=640, height=360, frames=1500, beeps_s=[0.5, 9.0], container="matroska"
    ).read_bytes()


@asynccontextmanager
async def an_hour_later(nc: Client, store: Store) -> AsyncIterator[Sweeper]:
    """Yield a sweep beside the one of ``reconcile``, whose clock is fast."""
    js, watch = nc.jetstream(), Watch()
    following = asyncio.create_task(keep_running(lambda _: watch.follow(js), nc))
    try:
        await watch.reached(await follow.end(js, "MEDIA"))
        yield Sweeper(js, store, watch, lambda: datetime.now(UTC) + timedelta(hours=1))
    finally:
        await end({following})


async def sweep_until(nc: Client, store: Store, asset_id: str, *kinds: type[AnyFact]) -> list[AnyFact]:
    """Sweep again and again until an asset has a fact, and return its facts."""
    waiting = asyncio.create_task(facts_until(nc, asset_id, *kinds))
    async with an_hour_later(nc, store) as sweeper:
        while not waiting.done():
            await sweeper.sweep()
            await asyncio.wait({waiting}, timeout=0.2)
    return await waiting


async def test_tasks_that_an_operator_purged_in_the_middle_of_the_work_are_done_all_the_same(
    nc: Client, store: Store, clip: bytes
) -> None:
    await store.put("uploads/purged-tasks.mkv", clip, content_type="video/x-matroska")
    asset_id = await id_of(store, "uploads/purged-tasks.mkv")
    await facts_until(nc, asset_id, ChunkEncoded)
    assert [task for task in await queued(nc.jetstream()) if asset_id in task]
    await nc.jetstream().purge_stream("TASKS")

    facts = await sweep_until(nc, store, asset_id, AssetReady)

    subjects = [fact.subject for fact in facts]
    assert sorted(subjects) == sorted(set(subjects)), "nobody saw anything happen twice"
    audit = await Audit(store, nc.jetstream(), AT_ONCE).report()
    assert asset_id not in [missing.asset_id for missing in audit.missing]


async def test_segments_that_the_store_lost_are_reported_and_made_again(nc: Client, store: Store, clip: bytes) -> None:
    await store.put("uploads/lost-segments.mkv", clip, content_type="video/x-matroska")
    asset_id = await id_of(store, "uploads/lost-segments.mkv")
    (ready,) = [fact for fact in await facts_until(nc, asset_id, AssetReady) if isinstance(fact, AssetReady)]
    lost = [key for key in await made(store, asset_id) if key.endswith("/00001.m4s")]
    await store.delete(lost)

    js = nc.jetstream()
    report = await Audit(store, js, AT_ONCE).report()
    (missing,) = [missing for missing in report.missing if missing.asset_id == asset_id]
    assert missing.keys == sorted(lost)
    repaired = await Repair(store, js)(report)
    assert [found.is_asked_for for found in repaired.missing if found.asset_id == asset_id] == [True]

    async with asyncio.timeout(PATIENCE_S):
        while (await _ready(nc, asset_id)).recipe == ready.recipe:
            await asyncio.sleep(0.1)
    again = await Audit(store, js, AT_ONCE).report()
    assert asset_id not in [missing.asset_id for missing in again.missing]
    assert asset_id not in [orphan.asset_id for orphan in again.orphans]


async def _ready(nc: Client, asset_id: str) -> AssetReady:
    last = await nc.jetstream().get_last_msg("MEDIA", AssetReady.subject_filter(asset_id))
    fact = decode(last.data or b"")
    assert isinstance(fact, AssetReady)
    return fact


async def test_in_health_reconcile_says_that_nothing_is_late(nc: Client, store: Store, clip: bytes) -> None:
    await store.put("uploads/in-time.mkv", clip, content_type="video/x-matroska")
    await facts_until(nc, await id_of(store, "uploads/in-time.mkv"), AssetPlayable)
    async with asyncio.timeout(PATIENCE_S):
        # What a test before took away may be late for a moment, and comes back by itself.
        while b'"overdue_s":0.0' not in (await nc.request(SUBJECT, b"", timeout=PATIENCE_S)).data:
            await asyncio.sleep(0.2)
