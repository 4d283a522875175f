import msgspec
import pytest

from contracts.keys import multivariant_key
from contracts.v1 import EncodeAudio, EncodeVideo, ExtractText, MakeThumbnails, TextStream
from services.plan.decide import plan_asset
from services.plan.ladder import Ladder, Step
from services.plan.tasks import tasks_of
from services.runtime.errors import Permanent
from tests.unit.plan.samples import audio, probed, video

LADDER = Ladder("h264", [Step(72, 200_000), Step(36, 100_000)])


def test_the_first_chunks_lowest_rung_is_the_first_task_and_has_the_head_lane() -> None:
    event = probed(video(), sounds=[audio()])
    tasks = tasks_of(event, plan_asset(event, LADDER, "1"))
    head = tasks[0]
    assert isinstance(head, EncodeVideo)
    assert (head.lane, head.chunk.index, [rung.name for rung in head.rungs]) == ("head", 0, ["36p"])
    assert [task.subject.split(".", 3)[3] for task in tasks] == [
        f"head.default.a.{head.recipe}.video-00000-head",
        f"audio.default.a.{head.recipe}.audio-0",
        f"bulk.default.a.{head.recipe}.video-00000",
        f"bulk.default.a.{head.recipe}.video-00001",
        f"bulk.default.a.{head.recipe}.video-00002",
        f"bulk.default.a.{head.recipe}",
    ]


def test_every_rung_of_every_chunk_is_encoded_exactly_once() -> None:
    event = probed(video(duration_s=100), sounds=[])
    plan = plan_asset(event, LADDER, "1")
    done = [
        (task.chunk.index, rung.name)
        for task in tasks_of(event, plan)
        if isinstance(task, EncodeVideo)
        for rung in task.rungs
    ]
    assert sorted(done) == sorted((chunk.index, rung.name) for chunk in plan.chunks for rung in plan.rungs)


def test_a_single_rung_makes_no_second_task_for_the_first_chunk() -> None:
    event = probed(video(width=64, height=36, duration_s=3), sounds=[])
    tasks = tasks_of(event, plan_asset(event, LADDER, "1"))
    assert [type(task) for task in tasks] == [EncodeVideo, MakeThumbnails]


def test_audio_keeps_at_most_two_channels_and_the_timeline_of_the_video() -> None:
    event = probed(video(), sounds=[audio(channels=6, language="deu")])
    (task,) = [task for task in tasks_of(event, plan_asset(event, LADDER, "1")) if isinstance(task, EncodeAudio)]
    assert (task.track.channels, task.track.bitrate_bps, task.track.language) == (2, 128_000, "de")
    assert (task.timeline_start_s, task.source.start_s) == (1.5, 1.4)


def test_streams_left_out_are_said() -> None:
    event = probed(video(), video(index=2), sounds=[audio(), audio(index=3), audio(index=4)])
    pictures = [TextStream(index=7, codec="hdmv_pgs_subtitle"), TextStream(index=8, codec="subrip")]
    event = msgspec.structs.replace(event, probe=msgspec.structs.replace(event.probe, text=pictures))
    plan = plan_asset(event, LADDER, "1")
    assert plan.warnings == [
        "The file has 2 video streams; only the first is used.",
        "Subtitles that are pictures, or of an unknown kind, are left out (hdmv_pgs_subtitle); upload a WebVTT file.",
    ]
    (task,) = [task for task in tasks_of(event, plan) if isinstance(task, ExtractText)]
    assert [stream.index for stream in task.streams] == [8]


def test_every_language_is_a_track_and_the_originals_default_is_first() -> None:
    sounds = [
        audio(index=1, language="eng"),
        audio(index=2, language="ger", default=True, title="Mit Kommentar"),
        audio(index=3, describes_video=True),
    ]
    event = probed(video(), sounds=sounds)
    plan = plan_asset(event, LADDER, "1")

    assert [(track.name, track.stream_index, track.language, track.title) for track in plan.audio] == [
        ("main", 2, "de", "Mit Kommentar"),
        ("track-1", 1, "en", "English"),
        ("track-2", 3, None, ""),
    ]
    assert [track.describes_video for track in plan.audio] == [False, False, True]
    tasks = [task for task in tasks_of(event, plan) if isinstance(task, EncodeAudio)]
    assert [(task.part, task.source.index) for task in tasks] == [("audio-0", 2), ("audio-1", 1), ("audio-2", 3)]


def test_the_recipe_follows_from_what_determines_the_output_and_nothing_else() -> None:
    event = probed(video(), sounds=[audio()])
    recipe = plan_asset(event, LADDER, "1").recipe
    assert plan_asset(msgspec.structs.replace(event, asset_id="b"), LADDER, "1").recipe == recipe
    assert plan_asset(event, LADDER, "2").recipe != recipe
    assert plan_asset(event, Ladder("h264", LADDER.rungs[:1]), "1").recipe != recipe
    assert plan_asset(msgspec.structs.replace(event, profile="best"), LADDER, "1").recipe != recipe


@pytest.mark.parametrize(("profile", "preset"), [("fast", "veryfast"), ("balanced", "medium"), ("best", "slow")])
def test_the_profile_decides_the_preset_of_every_task(profile: str, preset: str) -> None:
    event = msgspec.structs.replace(probed(video(duration_s=100), sounds=[]), profile=profile)
    plan = plan_asset(event, LADDER, "1")

    assert plan.preset == preset
    assert {task.preset for task in tasks_of(event, plan) if isinstance(task, EncodeVideo)} == {preset}


@pytest.mark.parametrize("profile", ["", "Fast", "veryfast", "best\ufffd"])
def test_a_profile_that_does_not_exist_fails_with_a_sentence_that_names_those_that_do(profile: str) -> None:
    event = msgspec.structs.replace(probed(video(), sounds=[]), profile=profile)

    with pytest.raises(Permanent, match=f"“{profile}”.* fast, balanced or best") as caught:
        plan_asset(event, LADDER, "1")
    assert caught.value.code == "unknown_profile"


def test_a_ladder_of_ones_own_may_have_profiles_of_its_own() -> None:
    event = msgspec.structs.replace(probed(video(), sounds=[]), profile="draft")
    ladder = msgspec.structs.replace(LADDER, presets={"draft": "ultrafast"})

    assert plan_asset(event, ladder, "1").preset == "ultrafast"
    with pytest.raises(Permanent, match="with draft"):
        plan_asset(msgspec.structs.replace(event, profile="fast"), ladder, "1")


def test_what_is_made_of_signed_assets_lies_apart_from_what_everybody_may_read() -> None:
    public = probed(video(), sounds=[])
    signed = msgspec.structs.replace(public, playback_policy="signed")
    recipes = [plan_asset(event, LADDER, "1").recipe for event in (public, signed)]
    assert [multivariant_key("a", recipe).split("/")[0] for recipe in recipes] == ["assets", "private"]
    assert {task.recipe for task in tasks_of(signed, plan_asset(signed, LADDER, "1"))} == {recipes[1]}
