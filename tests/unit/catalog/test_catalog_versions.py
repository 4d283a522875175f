"""An asset's versions in the fold: one is played, whole; whatever is stated, twice or late, in whatever order."""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.keys import asset_prefix
from contracts.v1 import (
    AnyFact,
    AssetFailed,
    AssetPackaged,
    AssetPlanned,
    AssetRetried,
    DownloadMade,
    QualityMeasured,
    Receipt,
    VersionChosen,
    VersionRemoved,
    VersionRetired,
)
from services.catalog.decide import fold
from services.catalog.versions import fields_of
from services.catalog.view import AssetView, Output, Version, collect_from
from tests import stories

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ONE, TWO, THREE = stories.RECIPE, "222222222222", "333333333333"


def made_under(recipe: str) -> list[AnyFact]:
    """Return the facts of a whole attempt, from its plan on."""
    return [under(recipe, fact) for fact in stories.life_of("a")[2:]]


def under(recipe: str, fact: AnyFact) -> AnyFact:
    """Return the same fact under another recipe."""
    keys: dict[str, Any] = {
        name: getattr(fact, name).replace(ONE, recipe)
        for name in ("hls_key", "dash_key", "poster_key", "storyboard_key")
        if hasattr(fact, name)
    }
    if isinstance(fact, AssetPackaged):
        keys["renditions"] = [
            replace(own, playlist_key=own.playlist_key.replace(ONE, recipe)) for own in fact.renditions
        ]
    return replace(fact, recipe=recipe, **keys)


def chosen(recipe: str, edit: str = "e") -> VersionChosen:
    return VersionChosen(asset_id="a", edit=edit, recipe=recipe)


def retired(recipe: str) -> VersionRetired:
    return VersionRetired(asset_id="a", recipe=recipe)


def removed(recipe: str) -> VersionRemoved:
    return VersionRemoved(asset_id="a", recipe=recipe, objects=9)


def folded(facts: Sequence[AnyFact], begun: AssetView | None = None) -> AssetView:
    view = begun
    for second, fact in enumerate(facts):
        view = fold(view, fact, NOON + timedelta(seconds=second))
    assert view is not None
    return view


BEGUN: list[AnyFact] = stories.life_of("a")[:2]
FIRST = [*BEGUN, *made_under(ONE)]
SECOND = [*FIRST, *made_under(TWO)]


def others(view: AssetView) -> list[str | None]:
    return [version.recipe for version in view.versions]


def test_what_was_superseded_is_kept_whole() -> None:
    first, second = folded(FIRST), folded(SECOND)
    (kept,) = second.versions
    assert fields_of(kept) == fields_of(first)
    assert kept.since == NOON + timedelta(seconds=len(SECOND) - 1)
    assert (second.recipe, collect_from(first), collect_from(second)) == (TWO, None, kept.since)


def test_who_goes_back_and_forward_again_is_where_they_were() -> None:
    second = folded(SECOND)
    back = folded([chosen(ONE)], second)
    forward = folded([chosen(TWO)], back)
    assert fields_of(back) == fields_of(folded(FIRST))
    assert (back.state, others(back)) == ("ready", [TWO])
    assert fields_of(forward) == fields_of(second)
    assert others(forward) == [ONE]


def test_a_version_that_becomes_ready_after_a_choice_takes_over() -> None:
    view = folded([*SECOND, chosen(ONE), *made_under(THREE)])
    assert (view.recipe, set(others(view))) == (THREE, {ONE, TWO})


@pytest.mark.parametrize(
    "facts",
    [
        [chosen("nothing")],
        [chosen(TWO)],
        [retired(ONE), chosen(ONE)],
        [retired(ONE), removed(ONE), chosen(ONE)],
        [*made_under(THREE)[:-1], chosen(THREE)],
    ],
    ids=["unknown", "played", "retired", "removed", "being made"],
)
def test_what_cannot_be_played_is_not(facts: list[AnyFact]) -> None:
    view = folded([*SECOND, *facts])
    assert (view.recipe, view.hls_key) == (TWO, folded(SECOND).hls_key)


def test_of_a_choice_and_a_retirement_the_log_decides() -> None:
    kept = folded([*SECOND, chosen(ONE), retired(ONE)])
    assert (kept.recipe, others(kept)) == (ONE, [TWO])
    assert others(folded([*SECOND, retired(ONE), chosen(ONE)])) == [ONE]


def test_of_what_is_retired_nothing_is_heard_any_more() -> None:
    receipt = Receipt(rendition="video/720p", bitrate_bps=1)
    download = DownloadMade(asset_id="a", recipe=ONE, request="q", rung="720p", key="k", size_bytes=1)
    late = [*made_under(ONE), QualityMeasured(asset_id="a", recipe=ONE, receipts=[receipt]), download]
    before = folded([*FIRST, download, *made_under(TWO), retired(ONE)])
    assert before.downloads == []
    for fact in late:
        assert fold(before, fact, before.updated_at) == before
    after = folded([removed(ONE), *late], before)
    (gone,) = after.versions
    assert (gone.recipe, gone.renditions, gone.hls_key) == (ONE, [], None)
    assert collect_from(before) is None


def test_receipts_that_come_late_come_back_with_their_version() -> None:
    receipt = Receipt(rendition="video/720p", bitrate_bps=1)
    view = folded([*SECOND, QualityMeasured(asset_id="a", recipe=ONE, receipts=[receipt])])
    assert view.receipts == []
    assert folded([chosen(ONE)], view).receipts == [receipt]


def test_an_attempt_that_failed_waits_to_be_removed_and_is_forgotten_when_it_is() -> None:
    failed = AssetFailed(asset_id="a", recipe=TWO, attempt=1, code="media_crashed", message="", service="ladder_encode")
    making = folded([*FIRST, *made_under(TWO)[:3]])
    assert collect_from(making) is None
    view = folded([failed], making)
    assert (view.recipe, view.state, collect_from(view)) == (ONE, "ready", NOON)
    gone = folded([retired(TWO), removed(TWO), *made_under(TWO)], view)
    assert (gone.recipe, gone.retry, others(gone)) == (ONE, None, [TWO])


def test_an_attempt_that_another_one_replaces_can_still_become_ready_and_be_chosen() -> None:
    view = folded([*FIRST, *made_under(TWO)[:3], *made_under(THREE)[:3]])
    assert view.retry is not None
    assert (view.retry.recipe, others(view)) == (THREE, [TWO])
    assert folded([chosen(TWO)], view).recipe == ONE
    assert folded([*made_under(TWO), chosen(TWO)], view).recipe == TWO


def test_what_was_planned_and_given_up_before_it_played_waits_to_be_removed() -> None:
    view = folded([*BEGUN, *made_under(ONE)[:1], *made_under(TWO)])
    assert (view.recipe, others(view)) == (TWO, [ONE])
    assert collect_from(view) is not None


def test_looking_at_the_original_anew_changes_nothing_of_what_is_played() -> None:
    again = AssetRetried(asset_id="a", edit="e", step="probe", attempt=1)
    probed = stories.probed("a")
    longer = replace(probed, probe=replace(probed.probe, duration_s=99.0), attempt=1)
    assert folded([*FIRST, again, longer]).duration_s == folded(FIRST).duration_s


def shuffled(dice: random.Random) -> Iterator[AnyFact]:
    """Yield the facts of three attempts side by side, each in its order, some twice, with choices among them."""
    yield from BEGUN
    lines = [made_under(recipe) for recipe in (ONE, TWO, THREE)]
    yield lines[0].pop(0)
    said: list[AnyFact] = []
    while any(lines):
        line = dice.choice([line for line in lines if line])
        said.append(line.pop(0))
        yield said[-1]
        yield from dice.sample(said, min(len(said), dice.choice([0, 0, 0, 1, 3, 99])))
        if dice.random() < 0.3:
            yield chosen(dice.choice([ONE, TWO, THREE]), f"{dice.random()}")


@pytest.mark.parametrize("seed", range(200))
def test_whatever_the_order_one_version_is_played_whole_and_none_is_lost(seed: int) -> None:
    dice = random.Random(seed)
    view: AssetView | None = None
    planned: set[str] = set()
    gone: set[str] = set()
    for second, fact in enumerate(shuffled(dice)):
        at = NOON + timedelta(seconds=second)
        before = view
        view = fold(view, fact, at)
        assert view is not None
        if isinstance(fact, AssetPlanned):
            planned.add(fact.recipe)
        check(view, planned, gone)
        assert fold(view, fact, at) == view
        if before is not None and before.state == "ready":
            assert view.state == "ready"
            assert view.ready_at is not None
        # As ``withdraw`` does it, of all that waits, at some moment.
        waiting = [version.recipe for version in view.versions if version.retired_at is None]
        if waiting and dice.random() < 0.1 and (recipe := dice.choice(waiting)) is not None and not shows(view, recipe):
            view = folded([retired(recipe), *([removed(recipe)] if dice.random() < 0.5 else [])], view)
            gone.add(recipe)
            check(view, planned, gone)


def shows(view: AssetView, recipe: str) -> bool:
    return (view.hls_key or "").startswith(asset_prefix("a", recipe))


def check(view: AssetView, planned: set[str], gone: set[str]) -> None:
    """Look at what must hold at every moment."""
    places: list[Output | None] = [view, view.retry, *view.versions]
    recipes = [place.recipe for place in places if place is not None and place.recipe]
    assert sorted(recipes) == sorted(planned)
    assert view.recipe not in gone
    assert view.retry is None or view.retry.recipe not in gone
    assert {version.recipe for version in view.versions if version.retired_at is not None} == gone
    keys = {view.dash_key, view.poster_key, view.storyboard_key, *(own.playlist_key for own in view.renditions)}
    if view.ready_at is not None:
        keys |= {view.hls_key}
    assert all(key.startswith(asset_prefix("a", view.recipe or "")) for key in keys if key is not None)
    assert not any(isinstance(version, Version) and version.since is None for version in view.versions)
