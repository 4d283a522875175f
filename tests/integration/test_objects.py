"""The bucket against the log: what belongs to nothing goes, what is missing comes back, originals stay."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from nats.js import JetStreamContext

from contracts import again
from contracts.codec import decode
from contracts.keys import asset_id_of, init_key, segment_key
from contracts.steps import RetryStep
from contracts.v1 import (
    AnyFact,
    AssetDeleted,
    AssetPurged,
    AssetRestored,
    AssetRetried,
    ChunkEncoded,
    EncodedRendition,
    Original,
    Segment,
)
from services.reconcile.audit import Audit
from services.reconcile.repair import Repair
from services.reconcile.report import Missing, Orphan, Report
from services.runtime.errors import Permanent
from services.runtime.follow import page
from services.runtime.store import Store
from tests import stories
from tests.projection import publish

pytestmark = pytest.mark.usefixtures("clean_streams")

R = stories.RECIPE
AT_ONCE = -timedelta(minutes=1)
"""What was written now is old enough; the store's clock counts whole seconds."""
RENDITION = "video/720p"


async def put(store: Store, *keys: str) -> None:
    for key in keys:
        await store.put(key, b"12345", content_type="video/mp4")


async def is_there(store: Store, key: str) -> bool:
    return await store.head(key) is not None


def life_of(asset_id: str, original: Original) -> list[AnyFact]:
    segment = Segment(number=0, duration_ticks=1, size_bytes=5, sha256="x")
    rendition = EncodedRendition(rendition=RENDITION, codecs="c", timescale=1, init_sha256="x", segments=[segment])
    facts = [
        replace(fact, renditions=[rendition]) if isinstance(fact, ChunkEncoded) else fact
        for fact in stories.life_of(asset_id)
    ]
    return [replace(facts[0], original=original), *facts[1:]]


def outputs_of(asset_id: str) -> list[str]:
    folder = f"assets/{asset_id}/{R}/"
    names = (
        "index.m3u8",
        "manifest.mpd",
        "video/720p/playlist.m3u8",
        "thumbnails/poster.jpg",
        "thumbnails/storyboard.vtt",
    )
    return [
        *(folder + name for name in names),
        init_key(asset_id, R, RENDITION),
        segment_key(asset_id, R, RENDITION, 0),
    ]


async def ready(store: Store, js: JetStreamContext, name: str) -> str:
    """Return the id of a ready asset, all of which lies in the store."""
    key = f"uploads/objects/{name}.mp4"
    await put(store, key)
    stored = await store.head(key)
    assert stored is not None
    asset_id = asset_id_of(store.bucket, key, stored.etag, stored.size_bytes)
    original = Original(bucket=store.bucket, key=key, size_bytes=stored.size_bytes, etag=stored.etag)
    await publish(js, life_of(asset_id, original))
    await put(store, *outputs_of(asset_id))
    return asset_id


async def audited(store: Store, js: JetStreamContext, *asset_ids: str, grace: timedelta = AT_ONCE) -> Report:
    """Return what is found of these assets: the bucket holds what other tests left."""
    report = await Audit(store, js, grace).report()
    return replace(
        report,
        orphans=[found for found in report.orphans if found.asset_id in asset_ids],
        missing=[found for found in report.missing if found.asset_id in asset_ids],
        strangers=[found for found in report.strangers if found.asset_id in asset_ids],
        unannounced=[key for key in report.unannounced if "/objects/" in key],
    )


async def retries_in(js: JetStreamContext) -> list[AssetRetried]:
    messages = await page(js, "MEDIA", [AssetRetried.subject_filter()], 0, 100)
    return [fact for message in messages if isinstance(fact := decode(message.data), AssetRetried)]


async def test_nothing_is_wrong_with_a_ready_asset_and_no_repair_touches_it(js: JetStreamContext, store: Store) -> None:
    asset_id = await ready(store, js, "whole")
    report = await audited(store, js, asset_id)
    assert (report.orphans, report.missing, report.unannounced, report.strangers) == ([], [], [], [])
    await Repair(store, js)(report)
    assert [key for key in outputs_of(asset_id) if not await is_there(store, key)] == []
    assert await retries_in(js) == []


async def test_objects_without_a_recipe_or_an_asset_are_deleted_and_those_of_live_ones_stay(
    js: JetStreamContext, store: Store
) -> None:
    live, gone = [await ready(store, js, name) for name in ("live", "gone")]
    await publish(js, [AssetPurged(asset_id=gone, objects=1, attempt=1)])
    unknown, withdrawn = f"assets/{live}/ffff00000000/video/720p/00000.m4s", f"deleted/assets/{gone}/{R}/poster.jpg"
    await put(store, unknown, withdrawn, f"posters/{gone}/token")
    wanted = {unknown: "recipe_unknown", withdrawn: "asset_purged", f"posters/{gone}/token": "asset_purged"}
    wanted |= dict.fromkeys(outputs_of(gone), "asset_purged")

    report = await audited(store, js, live, gone)
    assert {orphan.key: orphan.reason for orphan in report.orphans} == wanted
    assert not report.is_clean
    repaired = await Repair(store, js)(report)

    assert all(orphan.is_deleted for orphan in repaired.orphans)
    assert [key for key in wanted if await is_there(store, key)] == []
    assert [key for key in outputs_of(live) if not await is_there(store, key)] == []
    # The original of what was purged may be on its way to another life.
    assert await is_there(store, "uploads/objects/gone.mp4")
    assert (await audited(store, js, live, gone)).orphans == []


async def test_what_may_be_in_work_is_not_judged(js: JetStreamContext, store: Store) -> None:
    asset_id = await ready(store, js, "young")
    await put(store, f"assets/{asset_id}/ffff00000000/video/720p/00000.m4s")
    report = await audited(store, js, asset_id, grace=timedelta(hours=48))
    assert (report.orphans, report.strangers) == ([], [])
    assert report.too_young >= 1


async def test_what_was_planned_since_it_was_found_is_not_deleted(js: JetStreamContext, store: Store) -> None:
    asset_id = await ready(store, js, "planned-since")
    key = f"assets/{asset_id}/ffff00000000/video/720p/00000.m4s"
    await put(store, key)
    report = await audited(store, js, asset_id)
    await publish(js, [replace(stories.planned(asset_id), recipe="ffff00000000")])
    (orphan,) = (await Repair(store, js)(report)).orphans
    assert not orphan.is_deleted
    assert await is_there(store, key)


async def test_objects_that_this_log_never_heard_of_are_told_and_kept(js: JetStreamContext, store: Store) -> None:
    await put(store, "assets/stranger/r/index.m3u8", "assets/stranger/r/manifest.mpd")
    report = await audited(store, js, "stranger")
    (stranger,) = report.strangers
    assert (stranger.objects, stranger.size_bytes, report.orphans) == (2, 10, [])
    await Repair(store, js)(report)
    assert await is_there(store, "assets/stranger/r/index.m3u8")


def orphan_under(key: str) -> Orphan:
    return Orphan(key, 5, datetime(2020, 1, 1, tzinfo=UTC), "kept", "asset_purged")


@pytest.mark.parametrize("key", ["uploads/objects/kept.mp4", "uploads/tenants/acme/kept.mp4", "elsewhere/kept.mp4"])
async def test_no_report_makes_a_repair_delete_an_original(js: JetStreamContext, store: Store, key: str) -> None:
    await put(store, key)
    await publish(js, [stories.ingested("kept"), AssetPurged(asset_id="kept", objects=1, attempt=1)])
    with pytest.raises(Permanent, match="not_an_output"):
        await Repair(store, js).deleted(orphan_under(key))
    assert await is_there(store, key)


@pytest.mark.parametrize(
    ("removed", "steps"),
    [
        (-1, ["encode"]),
        (-2, ["encode"]),
        (0, ["package"]),
        (1, ["package"]),
        (2, ["package"]),
        (3, ["thumbnail"]),
        (4, ["thumbnail"]),
    ],
)
async def test_missing_outputs_are_asked_for_once_from_the_step_that_makes_them(
    js: JetStreamContext, store: Store, removed: int, steps: list[RetryStep]
) -> None:
    asset_id = await ready(store, js, f"missing{removed}")
    key = outputs_of(asset_id)[removed]
    await store.delete([key])
    report = await audited(store, js, asset_id)
    assert report.missing == [Missing(asset_id, R, [key], steps)]
    assert await retries_in(js) == []
    first = await Repair(store, js)(report)
    await Repair(store, js)(report)
    assert [(fact.step, fact.attempt) for fact in await retries_in(js)] == [(steps[0], 1)]
    assert [missing.is_asked_for for missing in first.missing] == [True]
    (being_made,) = (await audited(store, js, asset_id)).missing
    assert being_made.is_asked_for


async def test_a_segment_that_is_not_whole_is_missing(js: JetStreamContext, store: Store) -> None:
    asset_id = await ready(store, js, "short")
    key = segment_key(asset_id, R, RENDITION, 0)
    await store.put(key, b"123", content_type="video/mp4")
    (missing,) = (await audited(store, js, asset_id)).missing
    assert missing.keys == [key]


async def test_without_its_original_nothing_is_made_again_and_that_is_told(js: JetStreamContext, store: Store) -> None:
    asset_id = await ready(store, js, "bare")
    await store.delete(["uploads/objects/bare.mp4", segment_key(asset_id, R, RENDITION, 0)])
    report = await audited(store, js, asset_id)
    assert "uploads/objects/bare.mp4" in report.originals_missing
    repaired = await Repair(store, js)(report)
    assert [missing.is_asked_for for missing in repaired.missing] == [False]
    assert not repaired.is_clean
    assert await retries_in(js) == []


async def test_a_deleted_asset_lacks_nothing_and_a_restored_one_gets_back_what_was_left(
    js: JetStreamContext, store: Store
) -> None:
    asset_id = await ready(store, js, "withdrawn")
    poster = f"assets/{asset_id}/{R}/thumbnails/poster.jpg"
    await store.copy(poster, f"deleted/{poster}")
    await store.delete([poster])
    later = datetime.now(UTC) + timedelta(days=30)
    await publish(js, [AssetDeleted(asset_id=asset_id, edit="e1", purge_at=later)])
    report = await audited(store, js, asset_id)
    assert (report.missing, report.orphans) == ([], [])
    assert asset_id not in report.left_behind

    await publish(js, [AssetRestored(asset_id=asset_id, edit="e2")])
    report = await audited(store, js, asset_id)
    assert asset_id in report.left_behind
    assert asset_id not in (await Repair(store, js)(replace(report, missing=[]))).left_behind
    (asked,) = await page(js, "MEDIA", [f"{again.ROOT}.withdraw.>"], 0, 10)
    assert decode(asked.data) == AssetRestored(asset_id=asset_id, edit="e2")


async def test_an_upload_that_nobody_announced_is_announced(js: JetStreamContext, store: Store) -> None:
    await put(store, "uploads/objects/unheard.mp4")
    report = await audited(store, js)
    assert "uploads/objects/unheard.mp4" in report.unannounced
    await Repair(store, js)(replace(report, unannounced=["uploads/objects/unheard.mp4"]))
    (announced,) = await page(js, "BUCKET", ["bucket.listing"], 0, 10)
    assert b"unheard.mp4" in announced.data


async def test_uploads_in_parts_that_were_left_are_aborted_unless_gateways_keep_them(
    js: JetStreamContext, store: Store
) -> None:
    left, kept = "uploads/objects/left.mp4", "uploads/@/default/token/kept.mp4"
    ids = {key: await store.multipart.begin(key, content_type="video/mp4", metadata={}) for key in (left, kept)}
    await store.multipart.put_part(left, ids[left], 1, b"1")
    assert left not in [begun.key for begun in (await audited(store, js, grace=timedelta(hours=1))).abandoned]
    report = await audited(store, js)
    assert left in [begun.key for begun in report.abandoned]
    assert kept not in [begun.key for begun in report.abandoned]
    await Repair(store, js)(report)
    open_now = [begun.key async for begun in store.multipart.begun("uploads/")]
    assert left not in open_now
    assert kept in open_now
    await store.multipart.abort(kept, ids[kept])
