"""What the gateway answers, without a server."""

import base64
from datetime import UTC, datetime

import msgspec
import pytest

from contracts.keys import multivariant_key, recipe_for
from contracts.v1 import Receipt
from services.gateway.decide import (
    Documents,
    cursor_of,
    position_of,
    progress_of,
)
from services.gateway.documents import AssetState
from services.gateway.links import Links
from services.gateway.view import AssetView, CatalogRow, Position
from services.runtime.errors import Permanent
from tests import stories

NOON = datetime(2026, 1, 1, 12, 0, 0, 123456, tzinfo=UTC)
BASE = "https://cdn.example/media"


def view(asset_id: str = "a", state: AssetState = "processing", planned_parts: int = 0) -> AssetView:
    return AssetView(
        asset_id=asset_id,
        created_at=NOON,
        updated_at=NOON,
        state=state,
        name="clip.mp4",
        original=None,
        probe=None,
        duration_s=None,
        planned_parts=planned_parts,
        warnings=[],
        hls_key=None,
        dash_key=None,
        poster_key=None,
        storyboard_key=None,
        renditions=[],
        errors=[],
    )


@pytest.mark.parametrize(
    ("state", "planned", "encoded", "progress"),
    [
        ("processing", 0, 0, 0.0),
        ("processing", 4, 1, 0.25),
        ("playable", 3, 1, 0.3333),
        ("playable", 4, 4, 0.99),
        ("failed", 4, 2, 0.5),
        ("ready", 4, 4, 1.0),
        ("ready", 0, 0, 1.0),
    ],
)
def test_progress_is_the_share_of_parts_and_whole_only_when_ready(
    state: AssetState, planned: int, encoded: int, progress: float
) -> None:
    assert progress_of(CatalogRow(view(state=state, planned_parts=planned), encoded)) == progress


def test_a_cursor_leads_back_to_its_asset() -> None:
    assert position_of(cursor_of(view("abc"))) == Position(NOON, "abc")


WITHOUT_ZONE = "WyIyMDI2LTAxLTAxVDEyOjAwOjAwIiwiYSJd"
BEFORE_TIME = base64.urlsafe_b64encode(b'["0001-01-01T00:00:00+14:00","a"]').decode()


@pytest.mark.parametrize("cursor", ["", "zzz", "ñ", "W10", "WzEsMl0", "====", "a" * 5, WITHOUT_ZONE, BEFORE_TIME])
def test_a_cursor_that_is_not_ours_is_refused(cursor: str) -> None:
    with pytest.raises(Permanent) as refused:
        position_of(cursor)
    assert refused.value.code == "cursor_invalid"


def test_a_page_tells_of_the_next_one_only_when_there_is_one() -> None:
    rows = [CatalogRow(view(name), 0) for name in "cba"]
    full, last = (
        Documents(Links(BASE, "https://headrace.example")).page(rows, 2, {}),
        Documents(Links(BASE, "https://headrace.example")).page(rows, 3, {}),
    )
    assert [asset.asset_id for asset in full.assets] == ["c", "b"]
    assert full.next_cursor == cursor_of(rows[1].view)
    assert [asset.asset_id for asset in last.assets] == ["c", "b", "a"]
    assert last.next_cursor is None


def test_each_rendition_has_its_own_receipt_once_it_was_compared() -> None:
    (rendition,) = stories.packaged("a").renditions
    sound = msgspec.structs.replace(rendition, rendition="audio/main")
    receipt = Receipt(rendition="video/720p", bitrate_bps=2_000_000, xpsnr_db=40.0)
    known = msgspec.structs.replace(view(state="ready"), renditions=[rendition, sound], receipts=[receipt])
    asset = Documents(Links(BASE, "https://headrace.example")).asset(CatalogRow(known, 0))
    assert [(made.name, made.receipt) for made in asset.renditions] == [("video/720p", receipt), ("audio/main", None)]


def test_links_lead_to_where_readers_find_the_bucket() -> None:
    made, done = stories.packaged("a"), stories.ready("a")
    (rendition,) = made.renditions
    iframes = rendition.playlist_key.replace("playlist", "iframes")
    known = msgspec.structs.replace(
        view(state="ready"),
        renditions=[rendition, msgspec.structs.replace(rendition, iframes_key=iframes)],
        hls_key=done.hls_key,
        dash_key=done.dash_key,
        poster_key=done.poster_key,
    )
    asset = Documents(Links(BASE, "https://headrace.example")).asset(CatalogRow(known, 0))
    folder = f"{BASE}/assets/a/{stories.RECIPE}"
    assert asset.playback.hls == f"{folder}/index.m3u8"
    assert asset.playback.dash == f"{folder}/manifest.mpd"
    assert asset.playback.poster == f"{folder}/thumbnails/poster.jpg"
    assert asset.playback.storyboard is None
    playlist = f"{folder}/video/720p/playlist.m3u8"
    assert [(rendition.name, rendition.playlist, rendition.iframes) for rendition in asset.renditions] == [
        ("video/720p", playlist, None),
        ("video/720p", playlist, f"{folder}/video/720p/iframes.m3u8"),
    ]


def test_links_of_a_signed_asset_lead_through_the_gateway_and_leave_room_for_a_token() -> None:
    links = Links(BASE, "https://headrace.example")
    key = multivariant_key("a", recipe_for("signed", stories.RECIPE))
    assert links.to(key) == f"https://headrace.example/v1/playback/{{token}}/a/signed-{stories.RECIPE}/index.m3u8"
    assert links.to(key, "t") == links.to(key).replace("{token}", "t")
