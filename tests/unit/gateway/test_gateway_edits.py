"""Which facts follow from people's wishes."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from contracts.steps import RetryStep
from services.gateway.edits import retried
from services.gateway.view import AssetView, Output
from tests import stories

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
VIEW = AssetView(
    asset_id="a",
    created_at=NOON,
    updated_at=NOON,
    state="ready",
    name="clip.mp4",
    original=stories.ingested("a").original,
    probe=stories.probed("a").probe,
    duration_s=None,
    planned_parts=4,
    warnings=[],
    hls_key=None,
    dash_key=None,
    poster_key=None,
    storyboard_key=None,
    renditions=[],
    errors=[],
    recipe="played",
    attempt=1,
)
BEGUN = replace(VIEW, retry=Output(recipe="begun", planned_parts=4, renditions=[]))


@pytest.mark.parametrize(
    ("view", "step", "recipe"),
    [
        (VIEW, "thumbnail", "played"),
        (BEGUN, "package", "played"),
        (replace(VIEW, state="failed"), "thumbnail", "played"),
        (replace(BEGUN, state="failed"), "thumbnail", "begun"),
        (replace(BEGUN, state="failed"), "package", "begun"),
        (VIEW, "encode", ""),
        (VIEW, "probe", ""),
    ],
)
def test_a_retry_says_whose_pictures_or_playlists_are_meant(view: AssetView, step: RetryStep, recipe: str) -> None:
    fact = retried(view, "e", step)
    assert (fact.recipe, fact.attempt, fact.step) == (recipe, 2, step)
