"""Audio tracks as players get them: in time with the picture, as long as the timeline, cut where video is cut."""

from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from contracts.v1 import TIMELINE_ORIGIN_S, EncodeAudio
from services.ladder_encode.media.audio import encode_audio
from services.ladder_encode.media.sound import segment_starts
from services.ladder_encode.segment import EncodedSegment, Refusal
from tests.media import beeps_heard, make_clip, shown
from tests.range_server import serving
from tests.unit.ladder_encode.delivery import (
    TRACK,
    Delivered,
    audio_task,
    delivered_audio,
    delivered_video,
    grid,
    grid_of,
    probed,
)

BEEPS_S = [0.4, 1.2, 3.0]
IN_TIME: dict[str, dict[str, Any]] = {
    "plain.mp4": {},
    "b-frames.mp4": {"options": {"bf": "2"}},
    "b-frames.ts": {"options": {"bf": "2"}, "start_s": Fraction(5)},
    "wrapping.ts": {"start_s": Fraction(95_442)},
    "29.97.mkv": {"rate": Fraction(30_000, 1001)},
    "offset.mp4": {"start_s": Fraction(3)},
    "offset.mkv": {"start_s": Fraction(3)},
    "opus.webm": {"codec": "libvpx-vp9", "audio_codec": "libopus"},
    "flash.flv": {"options": {"bf": "2"}},
    "audio-later.mp4": {"audio_start_s": 0.3},
    "audio-earlier.mkv": {"audio_start_s": -0.25, "start_s": Fraction(1)},
    "audio-longer.mp4": {"audio_duration_s": 7.0},
    "mono.mp4": {"audio_layout": "mono"},
    "surround.mkv": {"audio_layout": "5.1", "audio_codec": "flac"},
}


def heard(delivered: Delivered) -> list[float]:
    with delivered.played() as played:
        return [at - TIMELINE_ORIGIN_S for at in beeps_heard(played)]


def loudest(delivered: Delivered) -> float:
    with delivered.played() as played:
        return max(float(np.abs(frame.to_ndarray()).max()) for frame in played.decode(audio=0))


@pytest.mark.parametrize("name", IN_TIME)
def test_beeps_are_heard_with_the_pictures_they_belong_to(tmp_path: Path, name: str) -> None:
    arguments = IN_TIME[name]
    rate = arguments.get("rate", Fraction(25))
    clip = make_clip(tmp_path / name, frames=120, beeps_s=BEEPS_S, **arguments)
    video = delivered_video(clip)["video/90p"]

    beeps = heard(delivered_audio(clip))

    with video.played() as played:
        shown_at = {number: float(at - TIMELINE_ORIGIN_S) for at, number in shown(played)}
    # Half a frame of picture is the limit; a millisecond is what is reached, but for containers that count whole ones.
    assert beeps == pytest.approx([shown_at[round(beep * rate)] for beep in BEEPS_S], abs=float(1 / rate / 2))
    assert beeps == pytest.approx(BEEPS_S, abs=0.002)


@pytest.mark.parametrize(
    ("arguments", "expected_s"),
    [
        ({"audio_duration_s": 1.5}, [0.4, 1.2]),
        ({"audio_start_s": 1.0}, [1.2, 3.0]),
        ({"audio_duration_s": 9.0}, BEEPS_S),
    ],
    ids=["shorter", "later", "longer"],
)
def test_sound_fills_the_timeline_whatever_the_source_has(
    tmp_path: Path, arguments: dict[str, Any], expected_s: list[float]
) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=120, beeps_s=BEEPS_S, **arguments)

    delivered = delivered_audio(clip)

    assert heard(delivered) == pytest.approx(expected_s, abs=0.002)
    with delivered.played() as played:
        samples = sum(frame.samples for frame in played.decode(audio=0))
    assert samples == ceil(4.8 * 48_000 / 1024) * 1024 + 1024
    assert sum(segment.duration_ticks for segment in delivered.segments) == 4.8 * 48_000 + 1024


def test_gaps_in_the_middle_are_silent_and_move_nothing(tmp_path: Path) -> None:
    whole = make_clip(tmp_path / "whole.ts", frames=120, beeps_s=BEEPS_S)
    packets = whole.read_bytes()
    # Packets of 188 bytes; the second stream has id 0x101. A third of its packets is lost.
    ts = [packets[at : at + 188] for at in range(0, len(packets), 188)]
    sound = [n for n, packet in enumerate(ts) if int.from_bytes(packet[1:3], "big") & 0x1FFF == 0x101]
    lost = set(sound[len(sound) // 3 : len(sound) // 2])
    whole.write_bytes(b"".join(packet for n, packet in enumerate(ts) if n not in lost))

    assert heard(delivered_audio(whole))[-1] == pytest.approx(3.0, abs=0.02)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"audio_codec": "ac3"}, {"audio_codec": "ac3", "audio_layout": "5.1"}),
        ({"audio_codec": "ac3", "audio_layout": "5.1"}, {"audio_codec": "ac3"}),
        ({"audio_codec": "mp2", "audio_layout": "mono"}, {"audio_codec": "mp2"}),
        ({"audio_codec": "mp2"}, {"audio_codec": "mp2", "audio_rate_hz": 44_100}),
    ],
    ids=["to 5.1", "from 5.1", "to stereo", "to 44.1 kHz"],
)
def test_sound_that_changes_its_kind_in_the_middle_stays_in_time(
    tmp_path: Path, before: dict[str, Any], after: dict[str, Any]
) -> None:
    second_s = Fraction(12, 5)
    first = make_clip(tmp_path / "clip.ts", frames=60, beeps_s=[0.4, 1.2], **before)
    second = make_clip(tmp_path / "second.ts", frames=60, beeps_s=[0.6, 2.0], start_s=second_s, **after)
    first.write_bytes(first.read_bytes() + second.read_bytes())

    delivered = delivered_audio(first, on=grid(Fraction(25), 120))

    assert heard(delivered) == pytest.approx([0.4, 1.2, 3.0, 4.4], abs=0.02)
    # Sums of six channels are held back wherever they come: they would reach 1.5.
    assert loudest(delivered) < 1.1


def test_sound_that_ends_before_the_picture_begins_is_silence(tmp_path: Path) -> None:
    clip = make_clip(
        tmp_path / "clip.mkv", frames=50, start_s=Fraction(4), beeps_s=[-3.0], audio_start_s=-3.5, audio_duration_s=1.0
    )
    delivered = delivered_audio(clip)

    assert heard(delivered) == []
    assert sum(segment.duration_ticks for segment in delivered.segments) == 2 * 48_000 + 1024


def test_segments_are_cut_at_the_frame_nearest_to_the_videos_cuts(tmp_path: Path) -> None:
    rate = Fraction(30_000, 1001)
    clip = make_clip(tmp_path / "clip.mkv", rate=rate, frames=200, beeps_s=BEEPS_S)
    on = grid(rate, 200)

    delivered = delivered_audio(clip, on=on)

    assert [segment.number for segment in delivered.segments] == [0, 1, 2, 3]
    assert [segment.rendition for segment in delivered.segments] == ["audio/main"] * 4
    boundaries = [sum(s.duration_ticks for s in delivered.segments[:n]) - 1024 for n in range(1, 4)]
    assert boundaries == pytest.approx([float(n * 60 / rate * 48_000) for n in range(1, 4)], abs=512)
    assert delivered.headers[0].codecs == "mp4a.40.2"
    assert delivered.headers[0].timescale == 48_000


def test_segments_follow_cuts_of_the_grids_own(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=150, beeps_s=BEEPS_S)
    on = replace(grid(Fraction(25), 150), cuts=[48, 100, 139])

    delivered = delivered_audio(clip, on=on)

    boundaries = [sum(s.duration_ticks for s in delivered.segments[:n]) - 1024 for n in range(1, 4)]
    assert boundaries == pytest.approx([cut / 25 * 48_000 for cut in on.cuts or []], abs=512)


def test_decode_times_begin_with_the_priming_and_continue_exactly(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=120, beeps_s=BEEPS_S)

    delivered = delivered_audio(clip)

    starts = [int.from_bytes(s.data[(at := s.data.index(b"tfdt") + 8) : at + 8], "big") for s in delivered.segments]
    sums = [sum(s.duration_ticks for s in delivered.segments[:n]) for n in range(len(delivered.segments))]
    assert starts == [TIMELINE_ORIGIN_S * 48_000 - 1024 + before for before in sums]


def test_the_same_task_gives_the_same_bytes(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=120, beeps_s=BEEPS_S)

    assert delivered_audio(clip) == delivered_audio(clip)


def test_tracks_have_the_channels_that_are_asked_for(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mkv", frames=50, beeps_s=[0.4], audio_layout="5.1", audio_codec="flac")

    for channels in (1, 2, 6):
        with delivered_audio(clip, replace(TRACK, channels=channels)).played() as played:
            assert played.streams.audio[0].channels == channels


@pytest.mark.parametrize("byte", [b"\xff", b"\xa5"])
def test_a_stream_of_noise_becomes_silence_that_says_why(tmp_path: Path, byte: bytes) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=50, beeps_s=[0.4])
    probe = probed(clip)
    noise = bytearray(clip.read_bytes())
    begin, end = noise.index(b"mdat") + 4, noise.index(b"moov") - 4
    noise[begin:end] = byte * (end - begin)
    clip.write_bytes(noise)

    task = audio_task(probe, grid_of(probe))
    own = [segment for segment in encode_audio(str(clip), task) if isinstance(segment, EncodedSegment)]
    (header,) = [segment.header for segment in own if segment.header]

    assert header.code == "undecodable_audio"
    assert [segment.number for segment in own] == [0]
    with Delivered([header], own).played() as played:
        frames = list(played.decode(audio=0))
    assert sum(frame.samples for frame in frames) >= 2 * 48_000
    assert not any(any(bytes(plane)[: 4 * frame.samples]) for frame in frames for plane in frame.planes)


@pytest.mark.parametrize("rate", [Fraction(24_000, 1001), Fraction(25), Fraction(60_000, 1001), Fraction(60)])
def test_no_segment_is_empty_however_short_the_last_one_is(tmp_path: Path, rate: Fraction) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=2, beeps_s=[])
    task = audio_task(probed(clip), grid(rate, 1))
    for frames in range(1, 500):
        on = grid(rate, frames)
        samples = round(frames / rate * 48_000)
        starts = segment_starts(replace(task, grid=on))

        assert len(starts) == ceil(frames / on.segment_frames)
        assert all(a < b for a, b in zip(starts, [*starts[1:], ceil(samples / 1024) + 1], strict=True))


def copied(task: EncodeAudio) -> EncodeAudio:
    """Return a task to copy what begins with a packet of priming."""
    return replace(task, track=replace(task.track, copied=True))


def test_copied_sound_is_cut_like_encoded_sound(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=120, beeps_s=[0.4])
    probe = probed(clip)
    task = audio_task(probe, grid_of(probe))

    encoded, own = (
        [segment for segment in encode_audio(str(clip), one) if isinstance(segment, EncodedSegment)]
        for one in (task, copied(task))
    )

    assert [(made.number, made.duration_ticks) for made in own[:-1]] == [
        (made.number, made.duration_ticks) for made in encoded[:-1]
    ]
    # The encoder fills its last frame and one more.
    assert 0 <= encoded[-1].duration_ticks - own[-1].duration_ticks <= 2 * 1024
    header = own[0].header
    assert header is not None
    assert (header.codecs, header.timescale) == ("mp4a.40.2", 48_000)


def test_copied_sound_that_ends_before_a_short_last_segment_still_has_one(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=102, beeps_s=[0.4], audio_duration_s=3.9)
    task = copied(audio_task(probed(clip), grid(Fraction(25), 102)))

    own = [segment for segment in encode_audio(str(clip), task) if isinstance(segment, EncodedSegment)]

    assert [made.number for made in own] == [0, 1, 2]
    assert own[-1].duration_ticks == 1024


def test_sound_that_ends_before_its_index_is_no_longer_copied(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=120, beeps_s=[0.4])
    probe = probed(clip)
    index = probe.audio[0].packets
    assert index is not None
    promised = replace(probe.audio[0], packets=replace(index, packets=2 * index.packets))
    task = copied(replace(audio_task(probe, grid(Fraction(25), 240)), source=promised))

    *made, last = encode_audio(str(clip), task)

    assert [own.number for own in made if isinstance(own, EncodedSegment)] == [0, 1]
    assert isinstance(last, Refusal)
    assert last.code == "sound_not_true"


def test_packets_that_do_not_stand_where_the_index_says_are_not_copied(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=120, beeps_s=[0.4])
    probe = probed(clip)
    index = probe.audio[0].packets
    assert index is not None
    moved = replace(probe.audio[0], packets=replace(index, first_sample=index.first_sample - 700))
    task = copied(replace(audio_task(probe, grid_of(probe)), source=moved))

    (refusal,) = encode_audio(str(clip), task)

    assert isinstance(refusal, Refusal)


@pytest.mark.parametrize("as_it_is", [True, False])
def test_the_first_segment_comes_when_a_few_seconds_were_read(tmp_path: Path, as_it_is: bool) -> None:
    # Filler makes it too large to be read at once.
    filled = {"x264-params": "bitrate=8000:vbv-maxrate=8000:vbv-bufsize=4000:nal-hrd=cbr:filler=1:keyint=25"}
    clip = make_clip(tmp_path / "clip.mp4", frames=250, beeps_s=[0.4], options=filled)
    probe = probed(clip)
    task = audio_task(probe, grid_of(probe))
    with serving(clip) as served:
        segments = encode_audio(served.url, copied(task) if as_it_is else task)
        first = next(segments)
        read = served.sent_bytes
        assert len(list(segments)) == 4

    assert isinstance(first, EncodedSegment)
    assert first.number == 0
    assert read < len(served.data) * 6 / 10
