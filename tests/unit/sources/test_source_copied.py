"""What is standard is delivered as it is: the original's own packets, in time to the sample; the rest is encoded."""

from array import array
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest
from av.container import InputContainer

from contracts.v1 import TIMELINE_ORIGIN_S
from services.plan.ladder import Ladder, Step
from tests.media import claim_key_picture, make_clip
from tests.unit.sources.whole_path import assert_comes_out_right, planned, processed

FRAMES = 110
REGULAR = {"preset": "veryfast", "x264-params": "keyint=25:min-keyint=25:scenecut=0"}
UNEDITED = {"use_editlist": "0"}
SOUNDS: dict[str, dict[str, Any]] = {
    "edited.mp4": {},
    "unedited.mp4": {"container_options": UNEDITED, "options": REGULAR | {"bf": "0"}, "audio_start_s": 1024 / 48_000},
    "fragmented.mp4": {"container_options": {"movflags": "frag_keyframe+delay_moov"}},
    "44100.mp4": {"audio_rate_hz": 44_100},
    "mono.mov": {"audio_layout": "mono"},
    "a-little-shorter.mp4": {"audio_duration_s": 4.3},
    "earlier.mp4": {"audio_start_s": -0.25, "start_s": Fraction(1)},
}
OTHERS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "later.mp4": ({"audio_start_s": 0.5}, ["audio_start"]),
    "shorter.mp4": ({"audio_duration_s": 4.0}, ["audio_end"]),
    "8000.mp4": ({"audio_rate_hz": 8000}, ["sample_rate"]),
    "surround.mp4": ({"audio_layout": "5.1"}, ["channels"]),
    "other.mp4": ({"audio_codec": "mp3"}, ["audio_codec"]),
    "other-container.mkv": ({}, ["container"]),
}
BEEPS_S = [1.0, 4.2]


def packets(container: InputContainer) -> list[bytes]:
    return [bytes(packet) for packet in container.demux(container.streams.audio[0]) if packet.size]


def heard(container: InputContainer, start_s: Fraction) -> dict[int, float]:
    """Return the first channel's samples, each by its place after a time."""
    sound: dict[int, float] = {}
    for frame in container.decode(container.streams.audio[0]):
        assert frame.pts is not None
        assert frame.time_base is not None
        samples = array("f", bytes(frame.planes[0])[: 4 * frame.samples])
        first = round((frame.pts * frame.time_base - start_s) * frame.sample_rate)
        sound.update(enumerate(samples, first))
    return sound


@pytest.mark.parametrize("name", SOUNDS)
def test_standard_sound_is_the_originals_own_in_time_with_its_pictures(tmp_path: Path, name: str) -> None:
    clip = make_clip(tmp_path / name, frames=FRAMES, beeps_s=BEEPS_S, **{"options": REGULAR, **SOUNDS[name]})

    made = processed(clip)

    (track,) = made.plan.audio
    assert (track.copied, track.non_standard_input) == (True, [])
    with made.sound.played() as played, av.open(str(clip)) as original:
        own, all_of_it = packets(played), packets(original)
        begin = next(n for n in range(len(all_of_it)) if all_of_it[n : n + len(own)] == own)
        assert begin <= len(all_of_it) - len(own)
        assert played.streams.audio[0].sample_rate == track.sample_rate_hz == original.streams.audio[0].sample_rate
    with made.sound.played() as played, av.open(str(clip)) as original:
        again = heard(played, Fraction(TIMELINE_ORIGIN_S))
        before = heard(original, Fraction(made.probe.video[0].start_s))
    # A decoder's first frame depends on the one before it.
    places = range(2048, 4 * track.sample_rate_hz)
    assert [again[place] for place in places] == [before[place] for place in places]
    assert max(again) >= made.plan.grid.duration_s * track.sample_rate_hz - track.sample_rate_hz / 4
    assert_comes_out_right(made, numbers=range(FRAMES), beeps_s=BEEPS_S)


@pytest.mark.parametrize("name", OTHERS)
def test_other_sound_is_to_be_encoded_and_it_is_said_why(tmp_path: Path, name: str) -> None:
    arguments, reasons = OTHERS[name]
    clip = make_clip(tmp_path / name, frames=FRAMES, beeps_s=BEEPS_S, options=REGULAR, **arguments)

    (track,) = planned(clip)[1].audio
    assert (track.copied, track.non_standard_input) == (False, reasons)


def test_what_is_no_key_picture_is_found_and_the_rung_encoded(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=300, beeps_s=BEEPS_S, options=REGULAR | {"bf": "0"})
    claim_key_picture(clip, 201, instead=206)

    made = processed(clip, Ladder("h264", [Step(90, 600_000)]))

    assert made.refused == ["index_not_true"]
    assert made.plan.copied is None
    assert made.plan.non_standard_input == ["index_not_true"]
    assert made.plan.audio[0].copied
    assert_comes_out_right(made, numbers=range(300), beeps_s=BEEPS_S)
