"""A file that is to come, as the command line tells of it."""

from datetime import UTC, datetime

import pytest

from contracts.v1 import AnyFact, AssetAbandoned, AssetAwaited
from services.cli.progress import Progress
from services.cli.words import said
from tests import stories

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ONE = datetime(2026, 1, 1, 13, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        (stories.awaited("a"), "clip.mp4, 1.0 MB"),
        (AssetAwaited(asset_id="a", name="film.mp4", key="k"), "film.mp4"),
        (AssetAbandoned(asset_id="a"), ""),
    ],
)
def test_it_is_told_in_a_few_words(fact: AnyFact, text: str) -> None:
    assert said(fact) == text


def test_its_time_begins_when_it_has_come() -> None:
    progress = Progress("a")
    progress.add(stories.awaited("a"), NOON)
    progress.add(stories.ingested("a"), ONE)
    assert progress.first_at == ONE
