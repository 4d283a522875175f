"""Which objects of a deleted asset go, stay or come back."""

import pytest
from msgspec.structs import replace

from contracts.v1 import AssetRetried
from services.withdraw.decide import asset_of_poster, home_of, needed_back, original_key, purged, withdrawn
from tests import stories


@pytest.mark.parametrize(
    ("name", "goes", "kept"),
    [
        ("index.m3u8", True, False),
        ("manifest.mpd", True, False),
        ("video/720p/playlist.m3u8", True, False),
        ("video/720p/init.mp4", True, True),
        ("video/720p/00000.m4s", False, True),
        ("thumbnails/poster.jpg", True, True),
        ("thumbnails/storyboard.vtt", True, True),
        ("downloads/720p.mp4", True, False),
    ],
)
def test_what_a_player_needs_goes_and_what_nobody_makes_again_is_kept(name: str, goes: bool, kept: bool) -> None:
    key = f"assets/a/r/{name}"
    assert withdrawn(key) == goes
    assert needed_back(key) == kept


def test_what_was_withdrawn_goes_home() -> None:
    assert home_of("deleted/assets/a/r/index.m3u8") == "assets/a/r/index.m3u8"
    assert asset_of_poster("posters/a/token") == "a"


def test_the_original_is_where_the_upload_said_or_was_to_be() -> None:
    arrived = stories.ingested("a", "arrived.mp4")
    assert original_key([stories.awaited("a", "awaited.mp4"), arrived]) == arrived.original.key
    assert original_key([stories.awaited("a", "awaited.mp4")]) == "uploads/awaited.mp4"
    assert original_key([]) is None


def test_a_next_life_begins_after_every_attempt_of_this_one() -> None:
    life = [stories.ingested("a"), AssetRetried(asset_id="a", edit="e", step="encode", attempt=4)]
    assert purged("a", "t", 3, life).attempt == 5
    assert purged("a", "t", 3, [replace(stories.ingested("a"), attempt=7)]).attempt == 8
