"""Which versions of an asset nobody wants any more, and which may never be taken."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from contracts.keys import asset_prefix, chosen_poster_key, recipe_for, thumbnail_key
from services.withdraw.decide import Output, Version, Versions, prefixes_of_version, unwanted

NOW = datetime(2026, 1, 8, tzinfo=UTC)
LONG_AGO, LATELY = NOW - timedelta(days=8), NOW - timedelta(days=1)
BEFORE = NOW - timedelta(days=7)
VIEW = Versions(
    asset_id="a",
    tenant="acme",
    recipe="played",
    hls_key="assets/a/played/index.m3u8",
    versions=[Version(recipe="old", since=LONG_AGO), Version(recipe="late", since=LATELY)],
)


def test_what_was_superseded_long_ago_is_unwanted_and_what_was_lately_is_kept() -> None:
    assert unwanted(VIEW, BEFORE) == ["old"]
    assert unwanted(VIEW, LONG_AGO - timedelta(seconds=1)) == []
    assert unwanted(VIEW, NOW) == ["old", "late"]


@pytest.mark.parametrize(
    "view",
    [
        replace(VIEW, recipe="old"),
        replace(VIEW, hls_key="assets/a/old/index.m3u8"),
        replace(VIEW, chosen_poster_key="assets/a/old/thumbnails/poster-e1.jpg"),
        replace(VIEW, versions=[Version(recipe="old", since=LONG_AGO, retired_at=LATELY)]),
        replace(VIEW, versions=[], retry=Output(recipe="made")),
        replace(VIEW, versions=[], retry=Output(recipe="made", failed_at=LATELY)),
    ],
    ids=["played", "still played", "its poster", "retired already", "being made", "failed lately"],
)
def test_what_is_played_shown_or_being_made_is_never_taken(view: Versions) -> None:
    assert unwanted(view, BEFORE) == []


def test_what_failed_long_ago_beside_what_is_played_is_unwanted() -> None:
    assert unwanted(replace(VIEW, versions=[], retry=Output(recipe="made", failed_at=LONG_AGO)), BEFORE) == ["made"]


@pytest.mark.parametrize("policy", ["public", "signed"])
def test_a_versions_objects_lie_below_its_recipe_and_a_chosen_poster_does_not(policy: str) -> None:
    recipe = recipe_for(policy, "0123456789ab")  # type: ignore[arg-type]  # each of them is one
    (made, gone) = prefixes_of_version("a", recipe)
    assert (made, gone) == (asset_prefix("a", recipe), f"deleted/{made}")
    assert thumbnail_key("a", recipe, "poster.jpg").startswith(made)
    assert not chosen_poster_key("a", recipe, "e1").startswith(made)
    assert chosen_poster_key("a", recipe, "e1").split("/")[:2] == made.split("/")[:2]
