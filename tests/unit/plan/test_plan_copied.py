"""A standard original's best rung is its own pictures, cut where they allow it."""

from itertools import accumulate, pairwise
from typing import cast

import pytest
from msgspec.structs import replace

from contracts.v1 import (
    AssetPlanned,
    AssetProbed,
    AudioStream,
    CopyRefused,
    CopyVideo,
    EncodeAudio,
    EncodeVideo,
    Fact,
    MakeThumbnails,
    Original,
    PacketIndex,
    PictureIndex,
    Probe,
    Rational,
    VideoStream,
)
from services.plan.again import plan_again
from services.plan.copied import segments_of
from services.plan.decide import NOTHING_ELSE, plan_asset
from services.plan.handler import plan_original
from services.plan.ladder import Ladder, Step
from services.plan.tasks import tasks_of
from services.runtime.errors import Transient
from services.runtime.log import FactLog
from tests.memory_log import MemoryLog

LADDER = Ladder("h264", [Step(1080, 5_000_000), Step(720, 2_500_000), Step(360, 600_000)])


def indexed(*groups: int) -> PictureIndex:
    return PictureIndex(
        frames=sum(groups), groups=[*groups], longest_group=max(groups), constant_rate=True, closed_groups=True
    )


def probed(pictures: PictureIndex, width: int = 1920, height: int = 1088) -> AssetProbed:
    video = VideoStream(
        index=0,
        codec="h264",
        width=width,
        height=height,
        frame_rate=Rational(25, 1),
        start_s=0.0,
        duration_s=pictures.frames / 25,
        pixel_format="yuv420p",
        bitrate_bps=300_000,
        pictures=pictures,
    )
    sound = AudioStream(index=1, codec="aac", sample_rate_hz=48_000, channels=2, start_s=0.0, duration_s=1.0)
    probe = Probe(container="mov", duration_s=pictures.frames / 25, size_bytes=1, video=[video], audio=[sound])
    return AssetProbed(
        asset_id="a", original=Original(bucket="media", key="uploads/a", size_bytes=1, etag="e"), probe=probe
    )


def planned(event: AssetProbed) -> AssetPlanned:
    return plan_asset(event, LADDER, "1")


@pytest.mark.parametrize(
    ("groups", "segments"),
    [
        ([50] * 5, [100, 100, 50]),
        ([100] * 3, [100, 100, 100]),
        ([48] * 6, [96, 96, 96]),
        ([30], [30]),
        ([90, 20, 80, 60], [90, 100, 60]),
        ([51] * 4, [102, 102]),
        ([100, 100, 2], [100, 100, 2]),
    ],
)
def test_segments_end_at_the_key_pictures_nearest_to_every_four_seconds(groups: list[int], segments: list[int]) -> None:
    assert segments_of(indexed(*groups), Rational(25, 1).fraction) == segments


def test_the_original_takes_the_place_of_the_best_rung_at_its_own_size_and_rate() -> None:
    plan = planned(probed(indexed(*[50] * 40)))
    assert plan.non_standard_input == []
    assert [(rung.name, rung.width, rung.height, rung.bitrate_bps) for rung in plan.rungs] == [
        ("1088p", 1920, 1088, 300_000),
        ("720p", 1270, 720, 2_500_000),
        ("360p", 634, 360, 600_000),
    ]
    assert [rung.name for rung in plan.encoded_rungs] == ["720p", "360p"]


def test_its_chunks_cover_it_in_whole_segments_the_first_one_alone() -> None:
    copied = planned(probed(indexed(*[48] * 45))).copied
    assert copied is not None
    ends = set(accumulate(copied.segments))
    assert [chunk.index for chunk in copied.chunks] == list(range(len(copied.chunks)))
    assert (copied.chunks[0].first_frame, copied.chunks[0].end_frame) == (0, copied.segments[0])
    assert all(before.end_frame == after.first_frame for before, after in pairwise(copied.chunks))
    assert {chunk.end_frame for chunk in copied.chunks} <= ends
    assert copied.chunks[-1].end_frame == 48 * 45


def test_rungs_that_are_encoded_and_sound_are_cut_where_the_original_allows_it() -> None:
    event = probed(indexed(*[48] * 45))
    plan = planned(event)
    assert plan.copied is not None
    assert plan.grid.segment_starts == list(accumulate(plan.copied.segments[:-1], initial=0))
    assert plan.chunks == plan.copied.chunks
    assert all(task.grid == plan.grid for task in tasks_of(event, plan) if isinstance(task, EncodeVideo | EncodeAudio))


def test_a_timeline_that_ends_before_the_last_cut_has_no_empty_segment() -> None:
    event = probed(indexed(100, 100, 2))
    video = replace(event.probe.video[0], duration_s=8.0)
    plan = planned(replace(event, probe=replace(event.probe, video=[video])))
    assert plan.grid.segment_starts == [0, 100]
    assert plan.chunks[-1].end_frame == plan.grid.frames == 200


def test_copying_is_the_first_task_and_no_task_encodes_what_is_copied() -> None:
    event = probed(indexed(*[50] * 10))
    tasks = tasks_of(event, planned(event))
    assert [task.subject.split(".")[3] for task in tasks] == ["copy", "head", "audio", "bulk", "bulk", "bulk", "bulk"]
    encoded = {rung.name for task in tasks if isinstance(task, EncodeVideo) for rung in task.rungs}
    assert encoded == {"720p", "360p"}
    assert all(
        task.source.pictures is None for task in tasks if isinstance(task, CopyVideo | EncodeVideo | MakeThumbnails)
    )


def test_an_original_of_the_lowest_size_needs_no_video_encoded() -> None:
    event = probed(indexed(50, 30), width=640, height=360)
    plan = planned(event)
    assert [type(task).__name__ for task in tasks_of(event, plan)] == ["CopyVideo", "EncodeAudio", "MakeThumbnails"]
    assert plan.planned_parts == 2


def test_each_copied_chunk_is_one_of_the_planned_parts() -> None:
    event = probed(indexed(*[50] * 50))
    plan = planned(event)
    assert plan.copied is not None
    video_tasks = [task for task in tasks_of(event, plan) if isinstance(task, EncodeVideo)]
    assert plan.planned_parts == len(plan.copied.chunks) + len(video_tasks) + len(plan.chunks)


def test_copied_and_encoded_outputs_never_share_a_recipe() -> None:
    event = probed(indexed(*[50] * 10))
    other = replace(
        event, probe=replace(event.probe, video=[replace(event.probe.video[0], pictures=indexed(*[100] * 5))])
    )
    recipes = {planned(own).recipe for own in (event, other)}
    assert len(recipes) == 1  # cut alike, so the bytes are the same
    encoded = replace(event, probe=replace(event.probe, container="matroska,webm"))
    assert planned(encoded).recipe not in recipes
    assert planned(encoded).copied is None


def refused(plan: AssetPlanned, part: str, code: str) -> CopyRefused:
    return CopyRefused(asset_id="a", recipe=plan.recipe, part=part, code=code, message="It is encoded instead.")


def with_standard_sound(event: AssetProbed) -> AssetProbed:
    index = PacketIndex(packets=940, packet_samples=1024, first_sample=-1024, size_bytes=160_000)
    sound = replace(event.probe.audio[0], profile="LC", packets=index)
    return replace(event, probe=replace(event.probe, audio=[sound]))


async def test_what_was_refused_is_planned_again_under_another_recipe() -> None:
    event = with_standard_sound(probed(indexed(*[50] * 10)))
    first = planned(event)
    assert (first.copied is not None, first.audio[0].copied) == (True, True)

    class Log:
        def __init__(self, *refusals: CopyRefused) -> None:
            self.refusals = refusals

        async def facts(self, _: str, kind: type[Fact]) -> list[Fact]:
            known: dict[type[Fact], list[Fact]] = {AssetProbed: [event], AssetPlanned: [first]}
            return known.get(kind, [*self.refusals])

    pictures, sound = refused(first, "copy", "open_gop"), refused(first, "audio-0", "sound_not_true")
    plans = []
    for refusals in ((pictures,), (sound,), (pictures, sound)):
        plan, *tasks = await plan_again(refusals[-1], LADDER, NOTHING_ELSE, "1", cast("FactLog", Log(*refusals)))
        assert isinstance(plan, AssetPlanned)
        assert tasks == tasks_of(event, plan)
        plans.append(plan)

    assert [(plan.copied is None, plan.audio[0].copied) for plan in plans] == [
        (True, True),
        (False, False),
        (True, False),
    ]
    assert [(plan.non_standard_input, plan.audio[0].non_standard_input) for plan in plans] == [
        (["open_gop"], []),
        ([], ["sound_not_true"]),
        (["open_gop"], ["sound_not_true"]),
    ]
    assert len({plan.recipe for plan in (first, *plans)}) == 4


def test_what_was_refused_more_than_once_is_planned_as_if_it_were_once() -> None:
    event = with_standard_sound(probed(indexed(*[50] * 10)))
    first = planned(event)
    once = [refused(first, "audio-0", "sound_not_true"), refused(first, "copy", "open_gop")]
    other = replace(first, recipe="other")
    twice = [*once, refused(other, "audio-0", "sound_not_true"), refused(other, "copy", "open_gop")]

    assert plan_asset(event, LADDER, "1", refusals=twice) == plan_asset(event, LADDER, "1", refusals=once)


async def test_what_was_refused_in_an_earlier_attempt_is_not_tried_in_a_later_one() -> None:
    event = probed(indexed(*[50] * 10))
    log = cast("FactLog", MemoryLog(refused(planned(event), "copy", "open_gop")))
    plans = []
    for attempt in (0, 1):
        plan, *_ = await plan_original(
            replace(event, attempt=attempt), log, LADDER, NOTHING_ELSE, "1", 1e9, transcribe=False
        )
        assert isinstance(plan, AssetPlanned)
        plans.append(plan)

    assert [(plan.copied is None, plan.non_standard_input) for plan in plans] == [(False, []), (True, ["open_gop"])]


async def test_planning_again_waits_for_the_probe() -> None:
    class Log:
        async def facts(self, *_: object) -> list[Fact]:
            return []

    with pytest.raises(Transient, match="probe_missing"):
        await plan_again(
            refused(planned(probed(indexed(50))), "copy", "open_gop"), LADDER, NOTHING_ELSE, "1", cast("FactLog", Log())
        )
