"""What an asset's text tracks are by facts about them, in whatever order those are heard."""

from datetime import UTC, datetime
from itertools import permutations

import msgspec
import pytest
from msgspec.structs import replace

from contracts.v1 import AnyFact, AssetPurged, CaptionsMade, CaptionsRefused, CaptionsRemoved
from services.catalog.decide import fold
from services.catalog.transcripts import passages
from services.catalog.view import AssetView
from tests import stories

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
MADE = CaptionsMade(asset_id="a", track="t", version=1, language="de", source="upload", vtt_key="1.vtt", cues=2)
AGAIN = replace(MADE, version=2, vtt_key="2.vtt", source="edit")
REMOVED = CaptionsRemoved(asset_id="a", track="t", version=3)
BACK = replace(MADE, version=4, vtt_key="4.vtt")
REFUSED = CaptionsRefused(asset_id="a", track="t", version=5, code="no_model", message="Give one.")


def told(*facts: AnyFact) -> AssetView:
    view = None
    for fact in (stories.ingested("a"), *facts):
        view = fold(view, fact, NOON)
    assert view is not None
    return view


@pytest.mark.parametrize(
    ("facts", "stands"),
    [
        ([MADE], 1),
        ([MADE, AGAIN], 2),
        ([MADE, AGAIN, REMOVED], 0),
        ([MADE, AGAIN, REMOVED, BACK], 4),
        ([REFUSED], 0),
        ([MADE, REFUSED], 1),
    ],
)
def test_the_highest_version_stands_whatever_comes_last(facts: list[AnyFact], stands: int) -> None:
    views = [told(*order) for order in permutations(facts)]
    assert {view.captions[0].version for view in views} == {stands}
    assert {view.captions[0].vtt_key for view in views} == {f"{stands}.vtt" if stands else ""}


def test_a_refusal_is_told_until_a_later_version_is_made() -> None:
    assert told(MADE, REFUSED).captions[0].refused_code == "no_model"
    assert told(MADE, REFUSED, replace(MADE, version=6)).captions[0].refused_code == ""


def test_a_track_that_is_told_twice_is_one() -> None:
    assert told(MADE, MADE, AGAIN, AGAIN).captions == told(MADE, AGAIN).captions


def test_a_row_from_before_is_read_without_what_it_holds_besides() -> None:
    row = msgspec.json.decode(msgspec.json.encode(told(MADE)))
    row["captions"][0]["latest"] = 1
    assert msgspec.json.decode(msgspec.json.encode(row), type=AssetView) == told(MADE)


def test_the_tracks_of_a_life_end_with_it() -> None:
    again = told(MADE, AssetPurged(asset_id="a", objects=1, attempt=1), stories.ingested("a"))
    assert again.captions == []


def test_passages_hold_all_words_and_are_no_longer_than_may_be() -> None:
    cut = list(passages(["aa", "bb", "ccccccccc", "d"], most_bytes=6))
    assert cut == [(0, "aa bb"), (2, "ccccccccc"), (3, "d")]
