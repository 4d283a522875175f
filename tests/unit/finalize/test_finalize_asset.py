"""When ``finalize`` says that an asset is ready, and when it does not."""

from collections.abc import AsyncIterator
from typing import cast

import pytest
from msgspec.structs import replace

from contracts.keys import (
    asset_prefix,
    iframes_key,
    init_key,
    manifest_key,
    multivariant_key,
    playlist_key,
    segment_key,
    thumbnail_key,
)
from contracts.v1 import (
    AssetPackaged,
    AssetReady,
    ChunkEncoded,
    EncodedRendition,
    Fact,
    Rendition,
    Segment,
    ThumbnailMade,
    VersionRetired,
)
from services.finalize.decide import all_made, verified
from services.finalize.handler import finalize_asset
from services.runtime.errors import Transient
from services.runtime.log import FactLog
from services.runtime.store import Store, StoredObject
from tests.memory_log import MemoryLog

PLACE = ("a" * 26, "r1")
NAMES = ("video/360p", "audio/main")


def encoded(name: str, *numbers: int) -> EncodedRendition:
    segments = [Segment(number=n, duration_ticks=4, size_bytes=1000 + n, sha256="s") for n in numbers]
    return EncodedRendition(rendition=name, codecs="c", timescale=1, init_sha256="i", segments=segments)


def chunk(index: int, *numbers: int) -> ChunkEncoded:
    renditions = [encoded(name, *numbers) for name in NAMES]
    return ChunkEncoded(asset_id=PLACE[0], recipe=PLACE[1], part=f"p{index}", chunk=index, renditions=renditions)


CHUNKS = [chunk(0, 0), chunk(1, 1, 2)]
PACKAGED = AssetPackaged(
    asset_id=PLACE[0],
    tenant="acme",
    recipe=PLACE[1],
    hls_key=multivariant_key(*PLACE),
    dash_key=manifest_key(*PLACE),
    duration_s=12.0,
    renditions=[
        Rendition(
            rendition=name,
            codecs="c",
            playlist_key=playlist_key(*PLACE, name),
            duration_s=12.0,
            size_bytes=3003,
            segments=3,
            bandwidth_bps=2,
            average_bandwidth_bps=1,
            iframes_key=iframes_key(*PLACE, name) if name.startswith("video/") else None,
        )
        for name in NAMES
    ],
)
THUMBNAIL = ThumbnailMade(
    asset_id=PLACE[0],
    recipe=PLACE[1],
    poster_key=thumbnail_key(*PLACE, "poster.jpg"),
    poster_width=640,
    poster_height=360,
    storyboard_key=thumbnail_key(*PLACE, "storyboard.vtt"),
    tiles=3,
)
READY = AssetReady(
    asset_id=PLACE[0],
    tenant="acme",
    recipe=PLACE[1],
    hls_key=PACKAGED.hls_key,
    dash_key=PACKAGED.dash_key,
    poster_key=THUMBNAIL.poster_key,
    storyboard_key=THUMBNAIL.storyboard_key,
    duration_s=12.0,
)
STORED = {
    **{segment_key(*PLACE, name, n): 1000 + n for name in NAMES for n in range(3)},
    **{init_key(*PLACE, name): 800 for name in NAMES},
    **{playlist_key(*PLACE, name): 300 for name in NAMES},
    iframes_key(*PLACE, "video/360p"): 250,
    PACKAGED.hls_key: 200,
    PACKAGED.dash_key: 900,
    THUMBNAIL.poster_key: 5000,
    THUMBNAIL.storyboard_key: 100,
}


class ShelfStore:
    """A store that lists the given sizes, and counts its listings."""

    def __init__(self, stored_bytes: dict[str, int]) -> None:
        self.stored_bytes = stored_bytes
        self.listed: list[str] = []

    async def list(self, prefix: str) -> AsyncIterator[StoredObject]:
        self.listed.append(prefix)
        for key, size_bytes in sorted(self.stored_bytes.items()):
            if key.startswith(prefix):
                yield StoredObject(key, size_bytes, "etag")


async def finalize(event: AssetPackaged | ThumbnailMade, store: ShelfStore, *facts: Fact) -> AssetReady | None:
    return await finalize_asset(event, cast("Store", store), cast("FactLog", MemoryLog(*facts)))


@pytest.mark.parametrize(
    ("facts", "complete"),
    [
        ([], False),
        (CHUNKS, False),
        ([*CHUNKS, PACKAGED], False),
        ([*CHUNKS, THUMBNAIL], False),
        ([*CHUNKS, PACKAGED, replace(THUMBNAIL, recipe="r2")], False),
        ([*CHUNKS, replace(PACKAGED, recipe="r2"), THUMBNAIL], False),
        ([THUMBNAIL, *CHUNKS, PACKAGED], True),
        ([*CHUNKS, PACKAGED, THUMBNAIL], True),
        ([*CHUNKS, PACKAGED, THUMBNAIL, VersionRetired(asset_id=PLACE[0], recipe="r2")], True),
        ([*CHUNKS, PACKAGED, THUMBNAIL, VersionRetired(asset_id=PLACE[0], recipe=PLACE[1])], False),
    ],
)
def test_packaging_and_pictures_of_one_recipe_make_a_whole(facts: list[Fact], complete: bool) -> None:
    assert (all_made(facts, PLACE[1]) is not None) is complete


def test_chunks_of_other_recipes_are_not_expected() -> None:
    made = all_made([*CHUNKS, replace(chunk(7, 7), recipe="r2"), PACKAGED, THUMBNAIL], PLACE[1])

    assert made is not None
    assert verified(made, STORED) == READY


@pytest.mark.parametrize("key", sorted(STORED))
def test_no_output_may_be_missing_or_empty(key: str) -> None:
    made = all_made([*CHUNKS, PACKAGED, THUMBNAIL], PLACE[1])
    assert made is not None

    for stored in ({own: size for own, size in STORED.items() if own != key}, STORED | {key: 0}):
        with pytest.raises(Transient, match=f"{key} and 0 more") as caught:
            verified(made, stored)
        assert caught.value.code == "output_missing"


@pytest.mark.parametrize("size_bytes", [1000, 1002])
def test_a_segment_must_have_its_stated_size(size_bytes: int) -> None:
    made = all_made([*CHUNKS, PACKAGED, THUMBNAIL], PLACE[1])
    assert made is not None

    with pytest.raises(Transient):
        verified(made, STORED | {segment_key(*PLACE, "video/360p", 1): size_bytes})


@pytest.mark.parametrize("event", [PACKAGED, THUMBNAIL], ids=["packaged last", "pictures last"])
async def test_whichever_fact_comes_last_makes_the_asset_ready(event: AssetPackaged | ThumbnailMade) -> None:
    store = ShelfStore(STORED | {"assets/another/r1/x": 1})

    assert await finalize(event, store, *CHUNKS, PACKAGED, THUMBNAIL) == READY
    assert store.listed == [asset_prefix(*PLACE)]


@pytest.mark.parametrize("event", [PACKAGED, THUMBNAIL], ids=["packaged first", "pictures first"])
async def test_whichever_fact_comes_first_only_waits(event: AssetPackaged | ThumbnailMade) -> None:
    store = ShelfStore(STORED)

    assert await finalize(event, store, *CHUNKS, event) is None
    assert store.listed == []


@pytest.mark.parametrize(
    ("packaged", "pictured"), [(replace(PACKAGED, attempt=2), THUMBNAIL), (PACKAGED, replace(THUMBNAIL, attempt=2))]
)
async def test_what_was_made_again_is_ready_again(packaged: AssetPackaged, pictured: ThumbnailMade) -> None:
    again = await finalize(packaged, ShelfStore(STORED), *CHUNKS, packaged, pictured)

    assert again == replace(READY, attempt=2)
    assert again.message_id == f"{READY.message_id}:2"


async def test_an_incomplete_store_is_looked_at_again() -> None:
    with pytest.raises(Transient, match="and 14 more"):
        await finalize(PACKAGED, ShelfStore({}), *CHUNKS, PACKAGED, THUMBNAIL)
