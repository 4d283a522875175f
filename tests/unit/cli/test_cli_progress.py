"""How far an asset is, from its facts."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from contracts.v1 import AnyFact, ChunkEncoded
from services.cli.progress import Progress
from tests import stories

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LIFE = stories.life_of("a")


def after(facts: Sequence[AnyFact]) -> Progress:
    asset = Progress("a")
    for second, fact in enumerate(facts):
        asset.add(fact, NOON + timedelta(seconds=second))
    return asset


@pytest.mark.parametrize(
    ("facts", "is_over", "parts"),
    [
        ([], False, (0, None)),
        (LIFE[:2], False, (0, None)),
        (LIFE[:4], False, (1, 5)),
        (LIFE[:7], False, (2, 5)),
        (LIFE, True, (5, 5)),
        ([LIFE[0], stories.failed("a")], True, (0, None)),
        ([LIFE[2], LIFE[3], LIFE[3]], False, (1, 5)),
    ],
)
def test_progress_follows_the_facts(facts: list[AnyFact], is_over: bool, parts: tuple[int, int | None]) -> None:
    asset = after(facts)
    assert asset.is_over is is_over
    assert (asset.encoded_parts, asset.planned_parts) == parts


def test_times_are_those_of_the_log() -> None:
    asset = after([*LIFE, stories.playable("a")])
    assert asset.first_at == NOON
    assert asset.playable_at == NOON + timedelta(seconds=5)
    assert asset.last_at == NOON + timedelta(seconds=12)


def test_parts_of_another_recipe_do_not_count() -> None:
    other = ChunkEncoded(asset_id="a", recipe="other", part="video-00000", chunk=0, renditions=[])
    assert after([*LIFE[:4], other]).encoded_parts == 1
