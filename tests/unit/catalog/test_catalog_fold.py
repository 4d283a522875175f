"""The fold that makes an asset's view, by tables of facts."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from contracts.v1 import (
    AnyFact,
    AssetAbandoned,
    AssetPlanned,
    ComplexityMeasured,
    CopyRefused,
    PictureIndex,
    QualityMeasured,
    Receipt,
)
from services.catalog.decide import AssetView, Problem, State, fold
from tests import stories

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)

AWAITED = stories.awaited("a")
ABANDONED = AssetAbandoned(asset_id="a")
INGESTED = stories.ingested("a")
PROBED = stories.probed("a")
PLANNED = stories.planned("a")
CHUNK = stories.encoded("a", "video-00001")
PICTURED = stories.pictured("a")
PLAYABLE = stories.playable("a")
PACKAGED = stories.packaged("a")
READY = stories.ready("a")
FAILED = stories.failed("a")


def folded(facts: Sequence[AnyFact]) -> AssetView:
    view = None
    for second, fact in enumerate(facts):
        view = fold(view, fact, NOON + timedelta(seconds=second))
    assert view is not None
    return view


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ([AWAITED], "waiting"),
        ([AWAITED, INGESTED], "processing"),
        ([AWAITED, FAILED], "failed"),
        ([INGESTED, AWAITED], "processing"),
        ([AWAITED, INGESTED, ABANDONED], "processing"),
        ([AWAITED, ABANDONED, INGESTED], "processing"),
        ([AWAITED, FAILED, ABANDONED], "failed"),
        ([INGESTED], "processing"),
        ([INGESTED, PROBED, PLANNED, CHUNK], "processing"),
        ([INGESTED, PROBED, PLANNED, PLAYABLE], "playable"),
        ([INGESTED, PLAYABLE, CHUNK, PICTURED, PACKAGED], "playable"),
        ([INGESTED, PLAYABLE, READY], "ready"),
        ([INGESTED, READY, PLAYABLE], "ready"),
        ([INGESTED, READY, CHUNK, PACKAGED], "ready"),
        ([INGESTED, FAILED], "failed"),
        ([INGESTED, PLAYABLE, FAILED], "failed"),
        ([INGESTED, FAILED, PLAYABLE, CHUNK], "failed"),
        ([INGESTED, READY, FAILED], "ready"),
        ([INGESTED, FAILED, READY], "ready"),
        ([FAILED, INGESTED], "failed"),
    ],
)
def test_a_state_only_gives_way_to_a_later_one(facts: list[AnyFact], state: State) -> None:
    assert folded(facts).state == state


def test_what_was_playable_stays_so_until_the_plan_that_took_its_place_is() -> None:
    again = replace(PLANNED, recipe="again")
    refused = CopyRefused(asset_id="a", recipe=PLANNED.recipe, part="copy", code="open_gop", message="")
    early, late = PLAYABLE, replace(PLAYABLE, recipe="again", hls_key="again/index.m3u8")

    view = folded([INGESTED, PROBED, PLANNED, early, refused, again])
    assert (view.state, view.hls_key, view.recipe) == ("playable", early.hls_key, "again")
    orders: list[list[AnyFact]] = [[early, again, late], [again, early, late], [again, late, early]]
    for order in orders:
        assert folded([INGESTED, PROBED, PLANNED, refused, *order]).hls_key == late.hls_key


@pytest.mark.parametrize("facts", [[ABANDONED], [AWAITED, ABANDONED], [AWAITED, ABANDONED, ABANDONED]])
def test_a_file_that_never_came_leaves_nothing(facts: list[AnyFact]) -> None:
    view = None
    for fact in facts:
        view = fold(view, fact, NOON)
    assert view is None


def test_what_was_said_of_a_file_stays_when_it_has_come() -> None:
    view = folded([AWAITED, INGESTED])
    assert view.original == INGESTED.original
    assert (view.title, view.description, view.metadata) == ("A clip", "Twelve seconds.", {"by": "me"})
    assert (view.tags, view.category) == (["short"], "films")


def test_the_original_itself_says_who_may_play_it() -> None:
    assert folded([AWAITED]).playback_policy == "signed"
    assert folded([replace(INGESTED, playback_policy="signed")]).playback_policy == "signed"


def test_a_whole_life_is_told_in_one_view() -> None:
    view = folded(stories.life_of("a"))
    assert view == AssetView(
        asset_id="a",
        tenant="default",
        created_at=NOON,
        updated_at=NOON + timedelta(seconds=11),
        state="ready",
        name="clip.mp4",
        original=INGESTED.original,
        probe=PROBED.probe,
        duration_s=12.0,
        recipe=stories.RECIPE,
        planned_parts=5,
        warnings=PLANNED.warnings,
        hls_key=READY.hls_key,
        dash_key=READY.dash_key,
        poster_key=READY.poster_key,
        storyboard_key=READY.storyboard_key,
        renditions=PACKAGED.renditions,
        errors=[],
    )


@pytest.mark.parametrize("fact", stories.life_of("a"), ids=lambda fact: fact.message_id)
def test_a_fact_told_twice_moves_nothing_but_the_time(fact: AnyFact) -> None:
    once = folded([fact])
    assert fold(once, fact, NOON) == once


def test_a_failure_keeps_its_reason_once() -> None:
    view = folded([INGESTED, FAILED, FAILED, stories.failed("a", "media_crashed")])
    assert view.errors == [
        Problem(code="not_media", message="Upload a video.", service="probe"),
        Problem(code="media_crashed", message="Upload a video.", service="probe"),
    ]


def test_becoming_ready_after_a_failure_clears_its_reason() -> None:
    assert folded([INGESTED, FAILED, READY]).errors == []


def test_a_failure_after_ready_is_told_beside_it() -> None:
    assert [problem.code for problem in folded([INGESTED, READY, FAILED]).errors] == ["not_media"]


def test_the_plan_says_how_many_parts_will_come() -> None:
    assert PLANNED.planned_parts == len(stories.PARTS)


def test_a_new_plan_replaces_the_old_one() -> None:
    other = AssetPlanned(
        asset_id="a", recipe="other", grid=PLANNED.grid, rungs=PLANNED.rungs[:1], chunks=PLANNED.chunks
    )
    view = folded([INGESTED, PLANNED, other])
    assert (view.recipe, view.planned_parts, view.warnings) == ("other", 2, [])


def test_receipts_are_told_once_they_are_there_and_change_nothing_else() -> None:
    receipt = Receipt(rendition="video/720p", bitrate_bps=2_000_000, xpsnr_db=40.0)
    before = folded([INGESTED, PLANNED, PACKAGED, READY])
    measured = QualityMeasured(asset_id="a", recipe=stories.RECIPE, receipts=[receipt])
    assert fold(before, measured, before.updated_at) == replace(before, receipts=[receipt])


def test_what_a_source_takes_is_told_by_its_plan_alone() -> None:
    before = folded([INGESTED, PLANNED])
    measured = ComplexityMeasured(asset_id="a", recipe=stories.RECIPE, reason="overdue")
    assert fold(before, measured, before.updated_at) == before


def test_what_is_not_standard_is_told_and_the_index_of_pictures_is_not() -> None:
    index = PictureIndex(frames=300, groups=[50] * 6, longest_group=50)
    picture = replace(PROBED.probe.video[0], pictures=index)
    probed = replace(PROBED, probe=replace(PROBED.probe, video=[picture]))
    view = folded([INGESTED, probed, replace(PLANNED, non_standard_input=["open_gop"])])
    assert view.non_standard_input == ["open_gop"]
    assert view.probe == PROBED.probe
