"""What ``ingest`` asks the store and the log before it states a fact."""

from typing import cast

from contracts.bucket import Notification, object_created
from contracts.v1 import AssetIngested, Fact
from services.ingest.decide import asset_of
from services.ingest.handler import ingest_uploads
from services.runtime.log import FactLog
from services.runtime.store import Store, StoredObject

CLIP = StoredObject("uploads/clip.mp4", 5, "aaa")
ASSET = asset_of("media", CLIP.key, CLIP.size_bytes, CLIP.etag)


class ShelfStore:
    """A store that holds the given objects."""

    bucket = "media"

    def __init__(self, *objects: StoredObject) -> None:
        self.objects = {stored.key: stored for stored in objects}

    async def head(self, key: str) -> StoredObject | None:
        return self.objects.get(key)


class MemoryLog:
    """A log that holds the given facts."""

    def __init__(self, *facts: Fact) -> None:
        self.held = {(type(fact), fact.asset_id) for fact in facts}

    async def known(self, kind: type[Fact], asset_id: str) -> bool:
        return (kind, asset_id) in self.held


async def ingest(event: Notification, store: ShelfStore, log: MemoryLog) -> list[AssetIngested]:
    return await ingest_uploads(event, cast("Store", store), cast("FactLog", log))


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
