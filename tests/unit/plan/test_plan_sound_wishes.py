"""What profiles ask of sound: a loudness, and 5.1 beside stereo; by default nothing."""

from typing import Any

import pytest
from msgspec.structs import replace
from pydantic import ValidationError

from contracts.v1 import AssetPlanned, AudioStream, CopyRefused, EncodeAudio
from services.plan.app import PlanSettings, offer_of
from services.plan.decide import plan_asset
from services.plan.ladder import Ladder, Step
from services.plan.sound import SoundWish
from services.plan.tasks import tasks_of
from tests.unit.plan.samples import audio, probed, video
from tests.unit.plan.test_plan_sound import SOUND, VIDEO

LADDER = Ladder("h264", [Step(72, 600_000)])
WISHES: Any = {"best": {"target_lufs": -16, "ceiling_dbtp": -2, "surround": True}}
SOUNDS = [
    audio(index=1, channels=6, language="eng", title="Original"),
    audio(index=2, language="ger"),
    audio(index=3, channels=8),
]


def planned(profile: str, sounds: list[AudioStream] = SOUNDS, wishes: Any = WISHES) -> AssetPlanned:
    event = replace(probed(video(), sounds=sounds), profile=profile)
    return plan_asset(event, LADDER, "1", offer_of(PlanSettings(sound=wishes)))


def test_by_default_all_sound_is_stereo_and_as_loud_as_it_is() -> None:
    assert PlanSettings().sound == {}
    plan = planned("fast")
    assert [(track.channels, track.target_lufs) for track in plan.audio] == [(2, None)] * 3
    assert plan == planned("fast", wishes={})


def test_a_profile_keeps_surround_sound_behind_what_is_played_everywhere() -> None:
    plan = planned("best")
    told = [(track.name, track.stream_index, track.channels, track.title, track.language) for track in plan.audio]
    assert told == [
        ("main", 1, 2, "Original", "en"),
        ("track-1", 2, 2, "German", "de"),
        ("track-2", 3, 2, "", None),
        ("main-surround", 1, 6, "Original (5.1)", "en"),
        ("track-2-surround", 3, 6, "5.1", None),
    ]
    assert {(track.target_lufs, track.ceiling_dbtp) for track in plan.audio} == {(-16, -2)}
    event = replace(probed(video(), sounds=SOUNDS), profile="best")
    tasks = [task for task in tasks_of(event, plan) if isinstance(task, EncodeAudio)]
    assert [(task.part, task.source.index) for task in tasks] == [
        ("audio-0", 1),
        ("audio-1", 2),
        ("audio-2", 3),
        ("audio-3", 1),
        ("audio-4", 3),
    ]


@pytest.mark.parametrize(
    ("channels", "refused", "reasons"),
    [(6, [], []), (6, ["sound_not_true"], ["sound_not_true"]), (8, [], ["channels"])],
)
def test_standard_sound_in_5_1_is_copied_beside_the_stereo_that_is_made_of_it(
    channels: int, refused: list[str], reasons: list[str]
) -> None:
    sound = replace(SOUND, channels=channels, title="Original")
    event = replace(probed(VIDEO, sounds=[audio(index=2), sound, audio(index=3)]), profile="best")
    event = replace(event, probe=replace(event.probe, container="mov,mp4"))
    refusals = [CopyRefused(asset_id="a", recipe="b", part="audio-3", code=code, message="") for code in refused]
    plan = plan_asset(event, LADDER, "1", offer_of(PlanSettings(sound=WISHES)), refusals)

    stereo, surround = plan.audio[1], plan.audio[3]

    assert (stereo.channels, stereo.copied, stereo.non_standard_input) == (2, False, ["channels"])
    assert (surround.copied, surround.non_standard_input) == (not reasons, reasons)
    assert (surround.name, surround.title, surround.language) == ("track-1-surround", "Original (5.1)", "de")
    assert (surround.channels, surround.bitrate_bps) == (6, 384_000 if reasons else 127_389)


def test_what_is_asked_of_sound_is_a_part_of_the_recipe() -> None:
    others = [{}, {"surround": True}, {"target_lufs": -16}, {"target_lufs": -16, "ceiling_dbtp": -3}]
    assert len({planned("best", wishes={"best": own}).recipe for own in others}) == len(others)


def test_copied_sound_stays_as_it_is() -> None:
    event = replace(probed(VIDEO, sounds=[SOUND]), profile="best")
    event = replace(event, probe=replace(event.probe, container="mov,mp4"))
    (track,) = plan_asset(event, LADDER, "1", offer_of(PlanSettings(sound=WISHES))).audio
    assert (track.copied, track.target_lufs) == (True, None)


def test_wishes_come_from_the_environment_and_wrong_ones_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADRACE_SOUND", '{"best": {"target_lufs": -23.5}}')
    assert PlanSettings().sound == {"best": SoundWish(target_lufs=-23.5)}
    for wrong in ('{"best": {"target_lufs": 3}}', '{"best": {"loud": true}}', '{"best": 1}'):
        monkeypatch.setenv("HEADRACE_SOUND", wrong)
        with pytest.raises(ValidationError):
            PlanSettings()
