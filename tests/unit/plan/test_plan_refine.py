"""What a source takes decides the size of its best rung, and nothing else of its plan."""

from typing import Any

import pytest
from msgspec.structs import replace

from contracts.v1 import (
    AssetPlanned,
    AssetProbed,
    ComplexityMeasured,
    EncodeAudio,
    EncodeVideo,
    Forecast,
    MakeThumbnails,
    MeasureComplexity,
    PictureIndex,
    Rung,
)
from services.plan.decide import plan_asset
from services.plan.ladder import Ladder, Step
from services.plan.refine import is_worth_measuring, measured_rungs, overdue, refined
from services.plan.tasks import tasks_of
from tests.unit.plan.samples import audio, probed, video

LADDER = Ladder("h264", [Step(1080, 5_000_000), Step(720, 2_500_000), Step(360, 600_000)])
SMALL_LADDER = Ladder("h264", [Step(720, 2_500_000), Step(360, 600_000)])
FULL_HD = video(width=1920, height=1080, duration_s=100)


def planned(event: AssetProbed, ladder: Ladder = LADDER) -> AssetPlanned:
    return replace(plan_asset(event, ladder, "1"), stage="candidates")


def measured(*, times: float, of: list[Rung]) -> ComplexityMeasured:
    """Return that each rung wants so many times what it is granted."""
    forecasts = [
        Forecast(
            rung=rung.name,
            wanted_bps=round(rung.bitrate_bps * times),
            bitrate_bps=round(rung.bitrate_bps * min(times, 1)),
        )
        for rung in of
    ]
    return ComplexityMeasured(asset_id="a", recipe="r", forecasts=forecasts)


@pytest.mark.parametrize(
    ("width", "ladder", "times", "names"),
    [
        (1920, LADDER, 0.2, ["1080p", "720p", "360p"]),
        (1920, LADDER, 3.9, ["1080p", "720p", "360p"]),
        (1920, LADDER, 4.0, ["720p-5000k", "720p", "360p"]),
        (1280, LADDER, 9.0, ["360p-2500k", "360p"]),
        (640, LADDER, 9.0, ["360p"]),
        (1920, SMALL_LADDER, 0.9, ["1080p", "720p", "360p"]),
        (1920, SMALL_LADDER, 1.1, ["720p", "360p"]),
        (1920, SMALL_LADDER, 9.0, ["360p-2500k", "360p"]),
        (3840, SMALL_LADDER, 0.1, ["720p", "360p"]),
        (1360, SMALL_LADDER, 0.1, ["720p", "360p"]),
    ],
)
def test_starved_sources_get_a_smaller_best_rung_and_simple_large_ones_a_larger_one(
    width: int, ladder: Ladder, times: float, names: list[str]
) -> None:
    picture = video(width=width, height=width * 9 // 16, duration_s=100)
    plan = planned(probed(picture, sounds=[]), ladder)

    final = refined(plan, picture, measured(times=times, of=measured_rungs(plan, picture)))

    assert [rung.name for rung in final.rungs] == names
    assert len({(rung.width, rung.bitrate_bps) for rung in final.rungs}) == len(names)
    assert max(rung.bitrate_bps for rung in final.rungs) == plan.rungs[0].bitrate_bps
    assert all(rung.predicted_bitrate_bps == round(rung.bitrate_bps * min(times, 1)) for rung in final.rungs)


@pytest.mark.parametrize(("times", "name"), [(15.9, "1080p"), (16.0, "720p-5000k")])
def test_fine_details_are_given_up_later(times: float, name: str) -> None:
    plan = planned(probed(FULL_HD, sounds=[]))
    fact = measured(times=times, of=plan.rungs[:1])
    # 720p has 4/9 of the pixels, and wants less than that of the bits.
    little = round(plan.rungs[0].bitrate_bps * times * 0.4)
    fact = replace(fact, forecasts=[*fact.forecasts, Forecast(rung="720p-5000k", wanted_bps=little, bitrate_bps=1)])

    assert refined(plan, FULL_HD, fact).rungs[0].name == name


def test_a_larger_rung_has_the_size_that_viewers_see() -> None:
    picture = video(width=1920, height=1080, rotation=90, duration_s=100)
    plan = planned(probed(picture, sounds=[]), SMALL_LADDER)

    (larger, *_) = refined(plan, picture, measured(times=0.1, of=measured_rungs(plan, picture))).rungs

    assert (larger.name, larger.width, larger.height) == ("1080p", 1080, 1920)


def test_without_a_measurement_the_rungs_stay() -> None:
    plan = planned(probed(FULL_HD, sounds=[]))

    assert refined(plan, FULL_HD, overdue(plan)) == replace(plan, stage="refined")


def test_the_recipe_does_not_depend_on_what_was_measured() -> None:
    plan = planned(probed(FULL_HD, sounds=[]))
    final = refined(plan, FULL_HD, measured(times=9, of=measured_rungs(plan, FULL_HD)))

    assert final.recipe == plan.recipe
    assert final.subject == plan.subject
    assert final.message_id != plan.message_id


def test_rungs_of_other_codecs_stay_as_they_are() -> None:
    plan = planned(probed(FULL_HD, sounds=[]))
    other = Rung(name="1080p-av1", width=1920, height=1080, bitrate_bps=3_000_000, codec="av1")
    plan = replace(plan, rungs=[*plan.rungs, other])

    assert other not in measured_rungs(plan, FULL_HD)
    final = refined(plan, FULL_HD, measured(times=9, of=measured_rungs(plan, FULL_HD)))
    assert [rung.name for rung in final.rungs] == ["720p-5000k", "720p", "360p", "1080p-av1"]
    assert final.rungs[-1] == other


def test_a_copied_rung_is_never_exchanged() -> None:
    pictures = PictureIndex(frames=2500, groups=[50] * 50, longest_group=50, constant_rate=True, closed_groups=True)
    standard = replace(FULL_HD, pixel_format="yuv420p", bitrate_bps=4_000_000, pictures=pictures)
    event = probed(standard, sounds=[])
    plan = planned(event)
    assert plan.copied is not None
    assert plan.copied.ladder_bitrate_bps == 5_000_000

    final = refined(plan, standard, measured(times=9, of=measured_rungs(plan, standard)))

    assert [rung.name for rung in final.rungs] == ["1080p", "720p", "360p"]
    assert [rung.predicted_bitrate_bps for rung in final.rungs] == [None, 2_500_000, 600_000]


@pytest.mark.parametrize(("duration_s", "worth"), [(59.9, False), (60, True)])
def test_only_originals_that_are_long_enough_are_measured(duration_s: float, worth: bool) -> None:
    plan = plan_asset(probed(video(duration_s=duration_s), sounds=[]), LADDER, "1")

    assert is_worth_measuring(plan, 60.0) is worth


def kinds(tasks: list[Any]) -> list[str]:
    return [f"{task.lane}:{getattr(task, 'part', task.kind())}" for task in tasks]


def test_what_makes_an_asset_playable_does_not_wait_for_measuring_and_the_rest_follows_it() -> None:
    event = probed(FULL_HD, sounds=[audio()])
    plan = planned(event)
    early = tasks_of(event, plan)
    later = tasks_of(event, refined(plan, FULL_HD, overdue(plan)))

    assert kinds(early) == [
        "head:video-00000-head", "audio:audio-0", "complexity:measure.complexity", "bulk:thumbnail.make",
    ]  # fmt: skip
    everything = [task for task in [*early, *later] if not isinstance(task, MeasureComplexity)]
    final = tasks_of(event, replace(plan, stage="final"))
    assert {task.message_id for task in everything} == {task.message_id for task in final}
    assert {type(task) for task in final} == {EncodeVideo, EncodeAudio, MakeThumbnails}


def test_refining_changes_neither_the_number_of_parts_nor_what_was_begun() -> None:
    event = probed(FULL_HD, sounds=[audio()])
    plan = planned(event)
    final = refined(plan, FULL_HD, measured(times=9, of=measured_rungs(plan, FULL_HD)))

    assert final.planned_parts == plan.planned_parts
    encoded = {
        (task.chunk.index, rung.name)
        for task in [*tasks_of(event, plan), *tasks_of(event, final)]
        if isinstance(task, EncodeVideo)
        for rung in task.rungs
    }
    assert encoded == {(chunk.index, rung.name) for chunk in final.chunks for rung in final.rungs}
