"""From what was seen to forecasts and receipts, by tables."""

from typing import Any

import pytest
from msgspec.structs import replace

from contracts.v1 import (
    AssetPackaged,
    AssetPlanned,
    Chunk,
    CopiedRung,
    Grid,
    MeasureComplexity,
    Rational,
    Receipt,
    Rendition,
    Rung,
    Snippet,
)
from services.measure.decide import Finished, finished, quality_unmeasured, samples_of
from services.measure.decide_complexity import complexity_measured, complexity_unmeasured, snippet_starts
from services.measure.decide_receipts import quality_measured
from services.runtime.errors import Permanent
from tests import stories

HIGH = Rung(name="720p", width=1280, height=720, bitrate_bps=2_500_000, predicted_bitrate_bps=1_700_000)
LOW = Rung(name="360p", width=640, height=360, bitrate_bps=600_000)


def grid(duration_s: int) -> Grid:
    return Grid(frame_rate=Rational(25, 1), frames=25 * duration_s, segment_frames=100, gop_frames=50)


def task(*rungs: Rung) -> MeasureComplexity:
    probed = stories.probed("a")
    return MeasureComplexity(
        asset_id="a",
        tenant="acme",
        recipe="r",
        original=probed.original,
        grid=grid(120),
        source=probed.probe.video[0],
        rungs=[*rungs],
    )


def snippet(bitrate_bps: int, growth: float) -> Snippet:
    return Snippet(start_s=0, duration_s=2, bitrate_bps=bitrate_bps, bits_per_pixel=0.1, growth=growth)


def planned(*rungs: Rung, duration_s: int = 12) -> AssetPlanned:
    return replace(stories.planned("a"), tenant="acme", rungs=[*rungs], grid=grid(duration_s))


def packaged(*renditions: tuple[str, int, int]) -> AssetPackaged:
    fact = stories.packaged("a")
    (like,) = fact.renditions
    made = [_rendition(like, *rendition) for rendition in renditions]
    return replace(fact, renditions=made)


def _rendition(like: Rendition, name: str, size_bytes: int, bitrate_bps: int) -> Rendition:
    return replace(like, rendition=name, size_bytes=size_bytes, average_bandwidth_bps=bitrate_bps)


@pytest.mark.parametrize(
    ("duration_s", "starts_s"),
    [
        (60, [15, 45]),
        (120, [30, 90]),
        (200, [33.32, 100, 166.64]),
        (36_000, [3000, 9000, 15_000, 21_000, 27_000, 33_000]),
    ],
)
def test_snippets_lie_in_the_middle_of_equal_parts(duration_s: int, starts_s: list[float]) -> None:
    assert [first / 25 for first in snippet_starts(grid(duration_s))] == starts_s


@pytest.mark.parametrize(
    ("growth", "wanted_bps"),
    [(4.0, 2_000_000), (2.0, 1_000_000), (1.0, 1_000_000), (16.0, 8_000_000), (1000.0, 16_000_000)],
)
def test_a_rung_takes_what_the_small_picture_takes_times_what_its_details_add(growth: float, wanted_bps: int) -> None:
    fact = complexity_measured(task(HIGH, LOW), [snippet(500_000, growth)])

    assert (fact.asset_id, fact.tenant, fact.recipe, fact.width, fact.height) == ("a", "acme", "r", 640, 360)
    high, low = fact.forecasts
    assert (high.rung, high.wanted_bps) == ("720p", wanted_bps)
    assert high.bitrate_bps == min(wanted_bps, HIGH.bitrate_bps)
    assert (low.rung, low.wanted_bps, low.bitrate_bps) == ("360p", 500_000, 500_000)


def test_the_cap_holds_only_what_exceeds_it() -> None:
    (low,) = complexity_measured(task(LOW), [snippet(200_000, 1.0), snippet(1_800_000, 1.0)]).forecasts

    assert (low.wanted_bps, low.bitrate_bps) == (1_000_000, 400_000)


@pytest.mark.parametrize(
    ("duration_s", "segments"),
    [(3, [0]), (12, [1]), (59, [7]), (60, [3, 11]), (120, [5, 15, 25]), (3600, [150, 450, 750])],
)
def test_longer_assets_are_compared_in_more_places(duration_s: int, segments: list[int]) -> None:
    samples = samples_of(Finished(stories.probed("a"), planned(LOW, HIGH, duration_s=duration_s), packaged()))

    assert [sample.segment for sample in samples] == segments
    assert all(sample.rungs == [HIGH, LOW] for sample in samples)
    assert all(sample.end_frame - sample.first_frame == 50 for sample in samples)


def test_the_last_group_of_pictures_may_be_short() -> None:
    on = Grid(frame_rate=Rational(25, 1), frames=110, segment_frames=100, gop_frames=50)
    (sample,) = samples_of(Finished(stories.probed("a"), replace(planned(LOW), grid=on), packaged()))

    assert (sample.first_frame, sample.end_frame) == (100, 110)


def test_segments_are_compared_where_the_original_is_cut() -> None:
    """A grid with cuts has other segments than counting gives, and fewer of them."""
    cuts = [30, *range(250, 1500, 250)]
    on = replace(grid(60), cuts=cuts)
    samples = samples_of(Finished(stories.probed("a"), replace(planned(LOW), grid=on), packaged()))

    assert [(own.segment, own.first_frame, own.end_frame) for own in samples] == [(1, 30, 80), (5, 1000, 1050)]
    assert replace(samples[0], segment=0).end_frame == 30


def test_receipts_tell_what_was_foreseen_what_came_and_what_it_saves() -> None:
    made = Finished(
        stories.probed("a"),
        planned(HIGH, LOW, duration_s=60),
        packaged(("video/720p", 3_000_000, 2_000_000), ("video/360p", 1_000_000, 666_666), ("audio/main", 1, 1)),
    )
    samples = samples_of(made)

    fact = quality_measured(made, samples, [[1e-4, None], [3e-4, None]])

    assert (fact.asset_id, fact.tenant, fact.recipe) == ("a", "acme", stories.RECIPE)
    assert fact.receipts == [
        Receipt(
            rendition="video/720p",
            bitrate_bps=2_000_000,
            predicted_bitrate_bps=1_700_000,
            saved_bytes=750_000,  # 12 s of 2.5 Mb/s are 3.75 MB
            xpsnr_db=36.99,
            sampled=[3, 11],
        ),
        Receipt(rendition="video/360p", bitrate_bps=666_666, saved_bytes=-100_000),
    ]


def test_pictures_without_any_error_have_a_finite_likeness() -> None:
    made = Finished(stories.probed("a"), planned(LOW), packaged(("video/360p", 1, 1)))

    (receipt,) = quality_measured(made, samples_of(made), [[0.0]]).receipts

    assert receipt.xpsnr_db == 100.0


@pytest.mark.parametrize(("granted_bps", "saved_bytes"), [(2_500_000, 750_000), (None, None)])
def test_a_copied_rung_is_measured_against_the_one_it_stands_in_for(
    granted_bps: int | None, saved_bytes: int | None
) -> None:
    own = Rung(name="720p", width=1280, height=720, bitrate_bps=1_900_000)
    copied = CopiedRung(
        name="720p",
        segments=[300],
        chunks=[Chunk(index=0, first_frame=0, end_frame=300)],
        ladder_bitrate_bps=granted_bps,
    )
    made = Finished(
        stories.probed("a"), replace(planned(own), copied=copied), packaged(("video/720p", 3_000_000, 2_000_000))
    )

    assert samples_of(made) == []
    assert quality_measured(made, [], []).receipts == [
        Receipt(
            rendition="video/720p",
            bitrate_bps=2_000_000,
            predicted_bitrate_bps=1_900_000,
            saved_bytes=saved_bytes,
            copied=True,
        )
    ]


def test_the_history_counts_under_the_recipe_that_is_ready() -> None:
    facts: list[Any] = [stories.probed("a"), replace(stories.planned("a"), recipe="other"), stories.planned("a")]

    assert finished(stories.ready("a"), [*facts, stories.packaged("a")]).plan == stories.planned("a")
    with pytest.raises(Permanent) as caught:
        finished(stories.ready("a"), facts)
    assert caught.value.code == "history_missing"


def test_what_cannot_be_measured_is_a_fact_with_its_reason() -> None:
    error = Permanent("media_crashed", "Convert the file.")

    complexity = complexity_unmeasured(task(LOW), error)
    quality = quality_unmeasured(replace(stories.ready("a"), tenant="acme"), error)

    assert (complexity.tenant, complexity.reason, complexity.forecasts) == ("acme", "media_crashed", [])
    assert (quality.tenant, quality.reason, quality.receipts) == ("acme", "media_crashed", [])
