"""What ``ingest`` asks the store and the log before it states a fact."""

from contextlib import nullcontext
from typing import cast

import pytest
from msgspec.structs import replace

from contracts.bucket import Notification, object_created
from contracts.v1 import AssetAbandoned, AssetAwaited, AssetFailed, AssetIngested, AssetPurged, Fact
from services.ingest.decide import asset_of
from services.ingest.handler import ingest_uploads
from services.runtime.errors import Permanent
from services.runtime.limits import UploadLimits
from services.runtime.log import FactLog
from services.runtime.store import Store, StoredObject
from tests.memory_log import MemoryLog

CLIP = StoredObject("uploads/clip.mp4", 5, "aaa")
ASSET = asset_of("media", CLIP.key, CLIP.size_bytes, CLIP.etag)
ANYTHING = UploadLimits(1 << 40, ("*/*",))


class ShelfStore:
    """A store that holds the given objects."""

    bucket = "media"

    def __init__(self, *objects: StoredObject) -> None:
        self.objects = {stored.key: stored for stored in objects}

    async def head(self, key: str) -> StoredObject | None:
        return self.objects.get(key)


async def ingest(
    event: Notification, store: ShelfStore, log: MemoryLog, limits: UploadLimits = ANYTHING
) -> list[AssetIngested]:
    facts = await ingest_uploads(event, cast("Store", store), cast("FactLog", log), limits)
    return cast("list[AssetIngested]", facts)


async def test_an_upload_becomes_an_asset() -> None:
    event = object_created("media", CLIP.key, CLIP.size_bytes, CLIP.etag)

    assert await ingest(event, ShelfStore(CLIP), MemoryLog()) == [ASSET]


async def test_size_and_etag_are_the_stores_not_the_notifications() -> None:
    for stated in [object_created("media", CLIP.key, 0, ""), object_created("media", CLIP.key, 9, "older")]:
        assert await ingest(stated, ShelfStore(CLIP), MemoryLog()) == [ASSET]


async def test_the_store_says_which_profile_was_chosen() -> None:
    chosen = StoredObject(CLIP.key, CLIP.size_bytes, CLIP.etag, {"headrace-profile": "best"})

    (asset,) = await ingest(object_created("media", CLIP.key, 0, ""), ShelfStore(chosen), MemoryLog())

    assert asset.profile == "best"


async def test_an_empty_object_becomes_an_asset_too() -> None:
    empty = StoredObject("uploads/empty.mp4", 0, "d41d8cd98f00b204e9800998ecf8427e")

    (asset,) = await ingest(object_created("media", empty.key, 0, empty.etag), ShelfStore(empty), MemoryLog())

    assert asset.original.size_bytes == 0


async def test_an_object_that_is_gone_becomes_nothing() -> None:
    event = object_created("media", CLIP.key, CLIP.size_bytes, CLIP.etag)

    assert await ingest(event, ShelfStore(), MemoryLog()) == []


async def test_the_first_fact_about_an_asset_stands() -> None:
    event = object_created("media", CLIP.key, CLIP.size_bytes, CLIP.etag)

    assert await ingest(event, ShelfStore(CLIP), MemoryLog(ASSET)) == []


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (UploadLimits(4, ("*/*",)), "upload_too_large"),
        (UploadLimits(5, ("audio/*", "image/*")), "upload_type_refused"),
    ],
)
async def test_an_object_beyond_the_limits_fails_once_with_a_reason(limits: UploadLimits, code: str) -> None:
    film = StoredObject("uploads/tenants/acme/clip.mp4", 5, "aaa", {}, "video/mp4")
    event = object_created("media", film.key, 5, "aaa")

    (failed,) = await ingest(event, ShelfStore(film), MemoryLog(), limits)

    assert isinstance(failed, AssetFailed)
    assert (failed.code, failed.tenant, failed.service) == (code, "acme", "ingest")
    assert await ingest(event, ShelfStore(film), MemoryLog(failed), limits) == []
    assert await ingest(event, ShelfStore(film), MemoryLog(asset_of("media", film.key, 5, "aaa")), limits) == []


@pytest.mark.parametrize(
    ("content_type", "taken"),
    [("video/mp4", True), ("Video/MP4; codecs=avc1", True), ("audio/mpeg", False), ("", True), ("text/html", False)],
)
def test_types_are_taken_by_their_patterns(content_type: str, taken: bool) -> None:
    limits = UploadLimits(5, ("video/*", "application/octet-stream"))
    with nullcontext() if taken else pytest.raises(Permanent, match="upload_type_refused"):
        limits.check(5, content_type)


async def test_what_was_purged_and_comes_again_is_an_asset_again() -> None:
    event = object_created("media", CLIP.key, 5, "aaa")
    purged = AssetPurged(asset_id=ASSET.asset_id, objects=9, attempt=3)
    (again,) = await ingest(event, ShelfStore(CLIP), MemoryLog(ASSET, purged))
    assert again == replace(ASSET, attempt=3)
    assert again.message_id != ASSET.message_id
    assert await ingest(event, ShelfStore(CLIP), MemoryLog(purged, again)) == []


AWAITED = AssetAwaited(asset_id=ASSET.asset_id, name="clip.mp4", key=CLIP.key)
ABANDONED = AssetAbandoned(asset_id=ASSET.asset_id)
PURGED = AssetPurged(asset_id=ASSET.asset_id, objects=0, attempt=1)


@pytest.mark.parametrize("end", [ABANDONED, PURGED], ids=lambda fact: fact.kind())
async def test_a_file_that_comes_after_its_upload_was_given_up_is_no_asset(end: Fact) -> None:
    event = object_created("media", CLIP.key, 5, "aaa")
    (refused,) = await ingest(event, ShelfStore(CLIP), MemoryLog(AWAITED, end))
    assert isinstance(refused, AssetFailed)
    assert (refused.code, refused.service) == ("upload_given_up", "ingest")
    assert await ingest(event, ShelfStore(CLIP), MemoryLog(AWAITED, end, refused)) == []


async def test_a_file_that_is_awaited_is_an_asset() -> None:
    event = object_created("media", CLIP.key, 5, "aaa")
    assert await ingest(event, ShelfStore(CLIP), MemoryLog(AWAITED)) == [ASSET]
    # It had come when the upload was given up.
    assert await ingest(event, ShelfStore(CLIP), MemoryLog(AWAITED, ASSET, ABANDONED)) == []
