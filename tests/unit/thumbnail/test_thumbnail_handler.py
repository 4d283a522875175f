from collections.abc import AsyncIterator
from typing import Any, cast

from contracts.v1 import MakeThumbnails, Original, Rational, ThumbnailMade, VideoStream
from services.runtime.children import MediaChildren
from services.runtime.store import Store
from services.thumbnail.handler import make_asset_thumbnails
from services.thumbnail.media import MadePicture

TASK = MakeThumbnails(
    asset_id="a1",
    tenant="acme",
    recipe="r1",
    original=Original(bucket="media", key="uploads/a film.mp4", size_bytes=1, etag="e"),
    lane="bulk",
    source=VideoStream(
        index=0,
        codec="h264",
        width=1920,
        height=1080,
        frame_rate=Rational(25, 1),
        start_s=0,
        duration_s=10,
        rotation=90,
    ),
    duration_s=10.0,
)
MADE = [
    MadePicture("poster.jpg", b"poster", "image/jpeg"),
    MadePicture("storyboard-000.jpg", b"sheet", "image/jpeg"),
    MadePicture("storyboard.vtt", b"cues", "text/vtt"),
]


class ShelfStore:
    def __init__(self) -> None:
        self.objects: dict[str, tuple[bytes, str]] = {}

    async def presigned_get(self, key: str) -> str:
        return f"http://store/{key}?signed"

    async def put(self, key: str, body: bytes, *, content_type: str, cache_control: str) -> str:
        self.objects[key] = (body, content_type)
        return "etag"


class DrawnMedia:
    """Media work that yields ready pictures; each must be stored before the next is made."""

    def __init__(self, store: ShelfStore) -> None:
        self.store = store
        self.args: tuple[Any, ...] = ()

    async def stream(self, function: Any, *args: Any, deadline_s: float) -> AsyncIterator[MadePicture]:
        self.args = (function.__name__, *args)
        assert deadline_s > TASK.duration_s
        for number, made in enumerate(MADE):
            assert len(self.store.objects) == number
            yield made


async def test_files_are_stored_as_they_come_and_then_stated() -> None:
    store = ShelfStore()
    media = DrawnMedia(store)

    fact = await make_asset_thumbnails(TASK, cast("Store", store), cast("MediaChildren", media))

    assert media.args == ("make_thumbnails", "http://store/uploads/a film.mp4?signed", TASK.source, 10.0)
    folder = "assets/a1/r1/thumbnails"
    assert store.objects == {f"{folder}/{own.name}": (own.data, own.content_type) for own in MADE}
    assert fact == ThumbnailMade(
        asset_id="a1",
        tenant="acme",
        recipe="r1",
        poster_key=f"{folder}/poster.jpg",
        poster_width=1080,
        poster_height=1920,
        storyboard_key=f"{folder}/storyboard.vtt",
        tiles=3,
    )
