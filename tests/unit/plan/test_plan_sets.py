"""What is planned beside the ladder, by settings, size, rate and range of the source."""

from typing import Any

import pytest
from pydantic import ValidationError

from contracts.v1 import AssetProbed, EncodeVideo, Original, Probe, Rational, VideoStream
from services.plan.app import PlanSettings, _ladder, offer_of
from services.plan.decide import plan_asset
from services.plan.sets import Offer
from services.plan.tasks import tasks_of

LADDER = _ladder()


def probed(width: int = 1920, height: int = 1080, rate: str = "25/1", **fields: Any) -> AssetProbed:
    num, den = map(int, rate.split("/"))
    stream = VideoStream(
        index=0, codec="hevc", width=width, height=height, frame_rate=Rational(num, den), start_s=0, duration_s=60
    )
    fields = {name: value for name, value in fields.items() if value is not None}
    video = [VideoStream(**{name: getattr(stream, name) for name in stream.__struct_fields__} | fields)]
    return AssetProbed(
        asset_id="a",
        original=Original(bucket="media", key="uploads/a", size_bytes=1, etag="e"),
        probe=Probe(container="mkv", duration_s=60, size_bytes=1, video=video),
    )


def offered(**settings: Any) -> Offer:
    return offer_of(PlanSettings(**settings))


@pytest.mark.parametrize(
    ("settings", "transfer", "sets"),
    [
        ({}, None, []),
        ({}, "smpte2084", []),
        ({"codec_sets": "h264"}, None, []),
        ({"codec_sets": "h264,hevc"}, None, ["1080p-hevc"]),
        ({"codec_sets": "h264, av1, hevc"}, None, ["1080p-hevc", "1080p-av1"]),
        ({"codec_sets": "av1"}, "smpte2084", ["1080p-av1"]),
        ({"hdr_rungs": True}, None, []),
        ({"hdr_rungs": True}, "smpte2084", ["1080p-hevc-hdr"]),
        ({"hdr_rungs": True, "codec_sets": "av1"}, "arib-std-b67", ["1080p-av1-hdr"]),
        ({"hdr_rungs": True, "codec_sets": "av1"}, "bt709", ["1080p-av1"]),
        ({"hdr_rungs": True, "codec_sets": "h264,hevc,av1"}, "smpte2084", ["1080p-hevc-hdr", "1080p-av1-hdr"]),
    ],
)
def test_settings_and_the_source_decide_which_sets_are_made(
    settings: dict[str, Any], transfer: str | None, sets: list[str]
) -> None:
    plan = plan_asset(probed(color_transfer=transfer), LADDER, "1", offered(**settings))

    assert [own.name for own in plan.sets] == sets
    assert {rung.codec for rung in plan.rungs} == {"h264"}
    ranges = {"smpte2084": "pq", "arib-std-b67": "hlg"}
    for own in plan.sets:
        assert [rung.height for rung in own.rungs] == [1080, 720, 480, 360]
        assert {rung.dynamic_range for rung in own.rungs} == {ranges[transfer or ""] if "hdr" in own.name else "sdr"}


def test_a_codec_that_does_not_exist_is_refused_at_the_start() -> None:
    with pytest.raises(ValidationError, match="h265"):
        PlanSettings(codec_sets="h264,h265")  # type: ignore[arg-type]  # as an environment variable says it


@pytest.mark.parametrize(("profile", "presets"), [("fast", {"veryfast", "10"}), ("best", {"slow", "6"})])
def test_large_rungs_are_tasks_of_their_own_behind_those_of_the_ladder(profile: str, presets: set[str]) -> None:
    event = probed(3840, 2160)
    event = AssetProbed(asset_id="a", original=event.original, probe=event.probe, profile=profile)

    plan = plan_asset(event, LADDER, "1", offered(codec_sets="hevc,av1"))

    tasks = [task for task in tasks_of(event, plan) if isinstance(task, EncodeVideo)]
    own = [[rung.name.partition("p")[0] for rung in task.rungs] for task in tasks if task.rungs[0].codec != "h264"]
    assert own == [shares for shares in [["2160"], ["1440"], ["1080", "720", "480", "360"]] * 2 for _ in plan.chunks]
    codecs = ["h264" if task.rungs[0].codec == "h264" else "other" for task in tasks]
    assert codecs == sorted(codecs)
    assert {task.preset for task in tasks if task.rungs[0].codec != "h264"} == presets
    assert plan.planned_parts == len(tasks) == len({task.part for task in tasks})
    assert all(
        rung.bitrate_bps < ladder.bitrate_bps
        for own in plan.sets
        for rung in own.rungs
        for ladder in plan.rungs
        if ladder.width == rung.width
    )


@pytest.mark.parametrize(
    ("rate", "interlaced", "halved"),
    [
        ("25/1", False, []),
        ("30/1", False, []),
        ("30000/1001", False, []),
        ("25/1", True, ["480p", "360p"]),
        ("48/1", False, ["480p", "360p"]),
        ("50/1", False, ["480p", "360p"]),
        ("60000/1001", False, ["480p", "360p"]),
        ("120/1", False, ["480p", "360p"]),
        # Groups of 67 pictures cannot be halved.
        ("67/2", False, []),
    ],
)
def test_small_rungs_are_halved_where_the_rate_is_high_and_groups_stay_whole(
    rate: str, interlaced: bool, halved: list[str]
) -> None:
    event = probed(rate=rate, interlaced=interlaced)

    plan = plan_asset(event, LADDER, "1", offered(halve_low_rates=True, codec_sets="av1"))

    assert [rung.name for rung in plan.rungs if rung.frame_step == 2] == halved
    assert [rung.name for rung in plan.sets[0].rungs if rung.frame_step == 2] == [f"{name}-av1" for name in halved]
    assert all(rung.frame_step == 1 for rung in plan_asset(event, LADDER, "1").rungs)


def test_what_is_offered_is_a_part_of_the_recipe() -> None:
    event = probed(color_transfer="smpte2084", rate="50/1")

    recipes = {
        plan_asset(event, LADDER, "1", offered(**settings)).recipe
        for settings in ({}, {"codec_sets": "av1"}, {"hdr_rungs": True}, {"halve_low_rates": True})
    }

    assert len(recipes) == 4
