"""Deleting, restoring and purging on the real store and log."""

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from nats.aio.client import Client
from nats.js import JetStreamContext

from contracts.keys import asset_id_of
from contracts.v1 import AnyFact, AssetDeleted, AssetIngested, AssetPurged, AssetRestored, Original
from services.runtime.life import deletion_of
from services.runtime.log import FactLog
from services.runtime.publish import Publisher
from services.runtime.settings import Settings
from services.runtime.store import Store
from services.withdraw import due
from services.withdraw.handler import Cause, keep_withdrawn
from services.withdraw.objects import withdraw
from tests import stories
from tests.projection import folded, projecting, publish, renew_tables

pytestmark = pytest.mark.usefixtures("clean_streams")

MADE = (
    "r/index.m3u8",
    "r/video/720p/init.mp4",
    "r/video/720p/00000.m4s",
    "r/thumbnails/poster.jpg",
    "r/downloads/x.mp4",
)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def deleted(asset_id: str, purge_at: datetime, edit: str = "e1") -> AssetDeleted:
    return AssetDeleted(asset_id=asset_id, edit=edit, purge_at=purge_at)


async def keys(store: Store, asset_id: str) -> set[str]:
    prefixes = (f"assets/{asset_id}/", f"deleted/assets/{asset_id}/", f"posters/{asset_id}/", f"uploads/{asset_id}")
    return {found.key for prefix in prefixes async for found in store.list(prefix)}


async def finished(store: Store, js: JetStreamContext, name: str) -> AssetIngested:
    """Return an asset whose original and outputs lie in the store."""
    key = f"uploads/{name}.mp4"
    await store.put(key, b"original", content_type="video/mp4")
    stored = await store.head(key)
    assert stored is not None
    asset_id = asset_id_of(store.bucket, key, stored.etag, stored.size_bytes)
    for made in MADE:
        await store.put(f"assets/{asset_id}/{made}", made.encode(), content_type="text/plain")
    original = Original(bucket=store.bucket, key=key, size_bytes=stored.size_bytes, etag=stored.etag)
    fact = AssetIngested(asset_id=asset_id, original=original, name=name)
    await publish(js, [fact])
    return fact


async def told(js: JetStreamContext, store: Store, fact: Cause) -> AssetPurged | None:
    await publish(js, [fact])
    purged = await keep_withdrawn(fact, store, FactLog(js))
    await publish(js, [purged] if purged else [])
    return purged


async def test_a_deleted_asset_cannot_be_played_and_a_restored_one_lies_where_it_lay(
    js: JetStreamContext, store: Store
) -> None:
    asset_id = (await finished(store, js, "restored")).asset_id
    await told(js, store, deleted(asset_id, datetime.now(UTC) + timedelta(days=30)))
    public = {key async for key in _names(store, f"assets/{asset_id}/")}
    assert public == {"r/video/720p/00000.m4s"}
    await told(js, store, AssetRestored(asset_id=asset_id, edit="e2"))
    public = {key async for key in _names(store, f"assets/{asset_id}/")}
    assert public == set(MADE) - {"r/index.m3u8", "r/downloads/x.mp4"}
    assert await store.get(f"assets/{asset_id}/r/thumbnails/poster.jpg") == b"r/thumbnails/poster.jpg"


async def _names(store: Store, prefix: str):  # type: ignore[no-untyped-def]  # noqa: ANN202 (an async generator of str)
    async for found in store.list(prefix):
        yield found.key.removeprefix(prefix)


async def test_nothing_of_a_purged_asset_is_left_nor_of_work_that_ends_late(js: JetStreamContext, store: Store) -> None:
    asset = await finished(store, js, "purged")
    asset_id = asset.asset_id
    await store.put(f"posters/{asset_id}/token", b"x", content_type="image/png")
    purged = await told(js, store, deleted(asset_id, LONG_AGO))
    assert purged is not None
    assert purged.objects == len(MADE) + 2
    assert await keys(store, asset_id) == set()
    assert await store.head(asset.original.key) is None

    await store.put(f"assets/{asset_id}/r/video/720p/00001.m4s", b"late", content_type="video/mp4")
    assert await told(js, store, stories.encoded(asset_id, "video-00001")) is None
    assert await keys(store, asset_id) == set()


async def test_what_another_withdrawer_has_moved_already_is_no_trouble(js: JetStreamContext, store: Store) -> None:
    asset_id = (await finished(store, js, "raced")).asset_id

    class Slow(Store):
        """Loses every race for a picture."""

        async def copy(self, key: str, to_key: str) -> bool:
            if key.endswith("poster.jpg"):
                await super().copy(key, to_key)
                await self.delete([key])
            return await super().copy(key, to_key)

    await withdraw(Slow(store.bucket, store._client, store._public_client), asset_id)
    assert {key async for key in _names(store, f"deleted/assets/{asset_id}/")} == {
        "r/video/720p/init.mp4",
        "r/thumbnails/poster.jpg",
    }


async def test_a_file_that_comes_again_is_not_swept_away_with_late_work(js: JetStreamContext, store: Store) -> None:
    asset = await finished(store, js, "swept")
    assert await told(js, store, deleted(asset.asset_id, LONG_AGO)) is not None

    await store.put(asset.original.key, b"original", content_type="video/mp4")
    assert await told(js, store, stories.encoded(asset.asset_id, "video-00001")) is None
    assert await store.get(asset.original.key) == b"original"


async def test_what_was_written_over_a_purged_original_is_not_touched(js: JetStreamContext, store: Store) -> None:
    asset = await finished(store, js, "overwritten")
    await store.put(asset.original.key, b"another film", content_type="video/mp4")
    assert await told(js, store, deleted(asset.asset_id, LONG_AGO)) is not None
    assert await store.get(asset.original.key) == b"another film"


async def test_an_upload_that_comes_again_after_a_purge_lives_again(js: JetStreamContext, store: Store) -> None:
    asset = await finished(store, js, "again")
    purged = await told(js, store, deleted(asset.asset_id, LONG_AGO))
    assert purged is not None
    assert await deletion_of(FactLog(js), asset.asset_id) == purged
    reborn = AssetIngested(asset_id=asset.asset_id, original=asset.original, name=asset.name, attempt=purged.attempt)
    await publish(js, [reborn])
    assert await deletion_of(FactLog(js), asset.asset_id) is None
    assert (await FactLog(js).facts(asset.asset_id, AssetIngested))[-1].attempt == 1


async def test_what_is_due_is_purged_and_what_was_restored_or_then_deleted_again_is_not(
    js: JetStreamContext, nc: Client, store: Store, settings: Settings
) -> None:
    database = await asyncpg.connect(settings.database_url.get_secret_value())
    await renew_tables(database)
    gone, back, again = [await finished(store, js, name) for name in ("due", "back", "deleted again")]
    facts: list[AnyFact] = [deleted(asset.asset_id, LONG_AGO) for asset in (gone, back, again)]
    async with projecting(settings, js):
        await publish(js, facts)
        await folded(database, js)
    # The catalog does not know yet.
    await publish(js, [AssetRestored(asset_id=asset.asset_id, edit="e2") for asset in (back, again)])
    await publish(js, [deleted(again.asset_id, datetime.now(UTC) + timedelta(days=30), "e3")])
    await store.put(f"posters/{gone.asset_id}/late", b"x", content_type="image/png")
    await due.purge_once(settings, store, FactLog(js), Publisher(js))
    assert await keys(store, gone.asset_id) == set()
    for asset in (back, again):
        assert len(await keys(store, asset.asset_id)) == len(MADE)
    assert await FactLog(js).known(AssetPurged, gone.asset_id)
    assert not await FactLog(js).known(AssetPurged, back.asset_id)
    assert not await FactLog(js).known(AssetPurged, again.asset_id)
    async with projecting(settings, js):
        await folded(database, js)
    left = {row["asset_id"] for row in await database.fetch("SELECT asset_id FROM assets")}
    assert left == {back.asset_id, again.asset_id}
    await database.close()
