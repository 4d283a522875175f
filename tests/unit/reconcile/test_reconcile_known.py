"""Whose an object is: what the log says of assets, and what follows for keys."""

import pytest
from msgspec.structs import replace

from contracts.keys import chosen_poster_key
from contracts.v1 import (
    AssetDeleted,
    AssetPurged,
    AssetRestored,
    Fact,
    PosterMade,
    VersionChosen,
    VersionRemoved,
    VersionRetired,
)
from services.reconcile.known import Known
from services.reconcile.outputs import Output, absent, outputs_of, place_of, steps_for, verdict
from tests import stories

A, R, OTHER = "a", stories.RECIPE, "other"
LIFE: list[Fact] = [*stories.life_of(A)]
PURGED = AssetPurged(asset_id=A, objects=1, attempt=1)
DELETED = AssetDeleted(asset_id=A, edit="d", purge_at=stories.NOON)
AGAIN = replace(stories.ingested(A), attempt=1)
KEY = f"assets/{A}/{R}/video/720p/00000.m4s"


def known(*facts: Fact) -> Known:
    found = Known()
    for fact in facts:
        found.take(fact)
    return found


@pytest.mark.parametrize(
    ("facts", "key", "judged"),
    [
        (LIFE, KEY, "live"),
        (LIFE[:3], KEY, "live"),
        ([*LIFE[:3], stories.failed(A)], KEY, "live"),
        (LIFE, KEY.replace("assets/", "private/"), "live"),
        (LIFE, f"posters/{A}/token", "live"),
        (LIFE, chosen_poster_key(A, R, "e1"), "live"),
        ([*LIFE, PURGED], chosen_poster_key(A, R, "e1"), "asset_purged"),
        (LIFE, KEY.replace(R, OTHER), "recipe_unknown"),
        (LIFE[:2], KEY.replace(R, OTHER), "live"),
        ([*LIFE, PURGED], KEY, "asset_purged"),
        ([*LIFE, PURGED], f"posters/{A}/token", "asset_purged"),
        ([*LIFE, PURGED, *LIFE[2:4]], KEY, "asset_purged"),
        ([*LIFE, PURGED, AGAIN, replace(stories.planned(A), recipe=OTHER)], KEY, "recipe_unknown"),
        ([*LIFE, PURGED, AGAIN, replace(stories.planned(A), recipe=OTHER)], KEY.replace(R, OTHER), "live"),
        ([*LIFE, DELETED], f"deleted/{KEY}", "live"),
        ([*LIFE, DELETED, AssetRestored(asset_id=A, edit="r")], f"deleted/{KEY}", "left_behind"),
        ([*LIFE, DELETED, PURGED], f"deleted/{KEY}", "asset_purged"),
        ([*LIFE, replace(stories.planned(A), recipe=OTHER), VersionRetired(asset_id=A, recipe=R)], KEY, "live"),
        (
            [*LIFE, replace(stories.planned(A), recipe=OTHER), VersionRemoved(asset_id=A, recipe=R, objects=1)],
            KEY,
            "recipe_unknown",
        ),
    ],
)
def test_an_object_belongs_to_what_the_log_says_lives(facts: list[Fact], key: str, judged: str) -> None:
    assert verdict(place_of(key), known(*facts)) == judged


def test_what_the_log_never_heard_of_is_a_stranger() -> None:
    assert verdict(place_of(KEY), None) == "stranger"


def test_a_removed_version_stays_so_when_its_plan_is_said_again() -> None:
    removed = VersionRemoved(asset_id=A, recipe=R, objects=1)
    assert known(*LIFE, removed, stories.planned(A)).recipes == set()


def test_what_is_played_is_what_was_chosen_or_became_ready_last() -> None:
    later = replace(stories.ready(A), recipe=OTHER)
    assert known(*LIFE, later).ready == OTHER
    assert known(*LIFE, later, VersionChosen(asset_id=A, edit="e", recipe=R)).ready == R
    assert known(*LIFE, PURGED).ready is None


def test_everything_that_facts_state_is_an_output_with_the_step_that_makes_it() -> None:
    first, second = (
        PosterMade(asset_id=A, recipe=R, edit=edit, poster_key=edit, poster_width=1, poster_height=1)
        for edit in ("e1", "e2")
    )
    found = outputs_of([*LIFE, second, first], R)
    assert {output.step for output in found.values()} == {"package", "thumbnail", None}
    assert found["e2"] == Output(None)
    assert "e1" not in found
    assert outputs_of(LIFE, OTHER) == {}


def test_missing_is_what_is_not_stored_whole() -> None:
    stated = {
        "whole": Output("encode", 5),
        "short": Output("encode", 5),
        "gone": Output("package"),
        "any": Output(None),
    }
    assert absent(stated, {"whole": 5, "short": 4, "any": 1}).keys() == {"short", "gone"}


@pytest.mark.parametrize(
    ("missing", "steps"),
    [
        (["encode", "package", "thumbnail"], ["encode"]),
        (["package", "thumbnail"], ["thumbnail", "package"]),
        (["package", None], ["package"]),
        ([None], []),
    ],
)
def test_encoding_makes_everything_and_cheap_steps_what_they_can(missing: list[str | None], steps: list[str]) -> None:
    assert steps_for(Output(step) for step in missing) == steps  # type: ignore[arg-type]  # plain words
