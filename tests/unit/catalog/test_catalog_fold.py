"""The fold that makes an asset's view, by tables of facts."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest
from msgspec.structs import replace

from contracts.v1 import (
    AnyFact,
    AssetAbandoned,
    AssetDeleted,
    AssetDescribed,
    AssetPlanned,
    AssetPurged,
    AssetRestored,
    AssetRetried,
    ComplexityMeasured,
    CopyRefused,
    DownloadFailed,
    DownloadMade,
    PictureIndex,
    PosterChosen,
    PosterMade,
    PosterRefused,
    QualityMeasured,
    Receipt,
)
from services.catalog.decide import fold
from services.catalog.outputs import RecipeNews
from services.catalog.view import AssetView, Problem, State
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
    ],
)
def test_a_state_only_gives_way_to_a_later_one(facts: list[AnyFact], state: State) -> None:
    assert folded(facts).state == state


def test_what_was_playable_stays_so_until_the_plan_that_took_its_place_is() -> None:
    again = replace(PLANNED, recipe="again")
    refused = CopyRefused(asset_id="a", recipe=PLANNED.recipe, part="copy", code="open_gop", message="")
    early, late = PLAYABLE, replace(PLAYABLE, recipe="again", hls_key="again/index.m3u8")

    view = folded([INGESTED, PROBED, PLANNED, early, refused, again])
    assert view.retry is not None
    assert (view.state, view.hls_key, view.retry.recipe) == ("playable", early.hls_key, "again")
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
        planned_at=NOON + timedelta(seconds=2),
        ready_at=NOON + timedelta(seconds=11),
    )


@pytest.mark.parametrize("fact", stories.life_of("a"), ids=lambda fact: fact.message_id)
def test_a_fact_told_twice_moves_nothing_but_the_time(fact: AnyFact) -> None:
    once = folded([INGESTED, fact])
    assert fold(once, fact, once.updated_at) == once


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


RETRIED = AssetRetried(asset_id="a", edit="e1", step="encode", attempt=1)
AGAIN = "ba9876543210"

R = TypeVar("R", bound=RecipeNews)


def anew(fact: R) -> R:
    """Return the same fact under the recipe of a second attempt."""
    keys = {
        name: getattr(fact, name).replace(stories.RECIPE, AGAIN)
        for name in ("hls_key", "dash_key", "poster_key", "storyboard_key")
        if hasattr(fact, name)
    }
    return replace(fact, recipe=AGAIN, **keys)


def test_what_was_ready_is_played_until_a_retry_is_ready() -> None:
    news: list[AnyFact] = [anew(fact) for fact in (PLANNED, PICTURED, PLAYABLE, PACKAGED)]
    life = [*stories.life_of("a"), RETRIED]
    before, after = folded([*life, *news]), folded([*life, *news, anew(READY)])
    assert (before.state, before.hls_key, before.poster_key) == ("ready", READY.hls_key, READY.poster_key)
    assert (before.attempt, before.recipe) == (1, stories.RECIPE)
    assert (after.state, after.recipe, after.retry) == ("ready", AGAIN, None)
    assert AGAIN in f"{after.hls_key}"
    assert AGAIN in f"{after.poster_key}"


def test_a_retry_takes_over_from_what_never_was_complete_as_soon_as_it_plays() -> None:
    begun: list[AnyFact] = [INGESTED, PROBED, PLANNED, PLAYABLE, FAILED, RETRIED]
    assert folded(begun).state == "playable"
    assert folded(begun).errors == []
    assert folded([*begun, anew(PLANNED)]).hls_key == PLAYABLE.hls_key
    assert AGAIN in f"{folded([*begun, anew(PLANNED), anew(PLAYABLE)]).hls_key}"


def test_a_retry_of_what_never_played_begins_at_once() -> None:
    view = folded([INGESTED, PROBED, PLANNED, FAILED, RETRIED, anew(PLANNED)])
    assert (view.state, view.recipe, view.errors) == ("processing", AGAIN, [])


@pytest.mark.parametrize("news", [[anew(PLANNED)], [PLAYABLE, anew(PLANNED), anew(PLAYABLE)]])
def test_a_late_refined_plan_takes_nothing_back(news: list[AnyFact]) -> None:
    view = folded([INGESTED, PROBED, PLANNED, *news])
    assert view.recipe == AGAIN
    assert fold(view, replace(PLANNED, stage="refined"), view.updated_at) == view


def test_the_refined_plan_of_a_retry_says_how_many_parts_will_come() -> None:
    begun = [*stories.life_of("a"), RETRIED, replace(anew(PLANNED), stage="candidates", rungs=[])]
    before, after = (folded([*begun, *news]).retry for news in ([], [replace(anew(PLANNED), stage="refined")]))
    assert before is not None
    assert after == replace(before, planned_parts=PLANNED.planned_parts)
    assert after != before


@pytest.mark.parametrize("step", ["thumbnail", "package"])
def test_a_failure_stands_until_what_was_mended_in_part_is_ready(step: str) -> None:
    begun: list[AnyFact] = [INGESTED, PROBED, PLANNED, PLAYABLE, FAILED, replace(RETRIED, step=step)]
    view = folded([*begun, PICTURED, PACKAGED])
    assert (view.state, view.attempt, [problem.code for problem in view.errors]) == ("failed", 1, ["not_media"])
    ready = folded([*begun, PICTURED, PACKAGED, READY])
    assert (ready.state, ready.errors) == ("ready", [])


def test_work_of_an_attempt_that_was_given_up_changes_nothing() -> None:
    begun: list[AnyFact] = [INGESTED, PROBED, PLANNED, FAILED, RETRIED, anew(PLANNED), anew(PLAYABLE)]
    late: list[AnyFact] = [PLAYABLE, PACKAGED, READY, replace(FAILED, recipe=stories.RECIPE), FAILED]
    view = folded(begun)
    for fact in late:
        after = fold(view, fact, view.updated_at)
        assert after is not None
        assert replace(after, versions=view.versions) == view


def test_a_second_attempt_can_fail_too() -> None:
    begun: list[AnyFact] = [INGESTED, PROBED, PLANNED, FAILED, RETRIED, anew(PLANNED)]
    assert folded([*begun, replace(FAILED, recipe=AGAIN)]).state == "failed"
    assert folded([INGESTED, FAILED, RETRIED, replace(FAILED, attempt=1)]).state == "failed"


def test_a_description_replaces_the_one_before() -> None:
    described = AssetDescribed(
        asset_id="a", edit="e", title="New", description="", metadata={"k": "v"}, tags=["x"], category=""
    )
    view = folded([AWAITED, INGESTED, described])
    assert (view.title, view.description, view.metadata, view.tags, view.category) == ("New", "", {"k": "v"}, ["x"], "")


DELETED = AssetDeleted(asset_id="a", edit="e2", purge_at=NOON + timedelta(days=30))


def test_a_deleted_asset_keeps_what_a_return_needs() -> None:
    life = [*stories.life_of("a"), DELETED]
    deleted, restored = folded(life), folded([*life, AssetRestored(asset_id="a", edit="e3")])
    assert (deleted.deleted_at, deleted.purge_at) == (NOON + timedelta(seconds=len(life) - 1), DELETED.purge_at)
    assert restored == replace(folded(stories.life_of("a")), updated_at=restored.updated_at)


@pytest.mark.parametrize(
    "late", [CHUNK, READY, FAILED, replace(FAILED, service="fetch"), DELETED], ids=lambda fact: fact.kind()
)
def test_nothing_brings_a_purged_asset_back_but_its_upload(late: AnyFact) -> None:
    purged = AssetPurged(asset_id="a", objects=9, attempt=1)
    view = folded([INGESTED, DELETED])
    assert fold(view, purged, NOON) is None
    assert fold(None, late, NOON) is None
    assert fold(None, replace(INGESTED, attempt=1), NOON) is not None


def test_of_two_posters_the_one_chosen_last_is_shown_whichever_is_made_first() -> None:
    chosen = [PosterChosen(asset_id="a", edit=edit, recipe=stories.RECIPE, at_s=1.0) for edit in ("e1", "e2")]
    first, second = (
        PosterMade(asset_id="a", edit=fact.edit, recipe="r", poster_key=fact.edit, poster_width=2, poster_height=2)
        for fact in chosen
    )
    assert folded([INGESTED, *chosen, second, first]).chosen_poster_key == "e2"
    assert folded([INGESTED, chosen[0], first, chosen[1]]).chosen_poster_key == "e1"


def test_a_download_is_told_once_and_not_after_a_deletion() -> None:
    made = DownloadMade(asset_id="a", recipe="r", request="q", rung="720p", key="k", size_bytes=7)
    assert [one.key for one in folded([INGESTED, made, replace(made, request="p")]).downloads] == ["k"]
    assert folded([INGESTED, made, DELETED, made]).downloads == []


@pytest.mark.parametrize(
    "fact",
    [
        PosterRefused(asset_id="a", edit="e1", recipe=stories.RECIPE, code="not_a_picture", message=""),
        DownloadFailed(asset_id="a", recipe=stories.RECIPE, request="q", rung="720p", code="media_crashed", message=""),
    ],
    ids=lambda fact: fact.kind(),
)
def test_what_an_asset_can_do_without_is_no_error_of_it(fact: AnyFact) -> None:
    view = folded(stories.life_of("a"))
    assert fold(view, fact, view.updated_at) == view


def test_what_is_refused_at_the_door_is_told() -> None:
    view = folded([replace(FAILED, service="ingest")])
    assert (view.state, [problem.code for problem in view.errors]) == ("failed", ["not_media"])
