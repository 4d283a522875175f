"""A copied rung holds the original's own pictures, bit for bit, at the times of the grid."""

import struct
from fractions import Fraction
from itertools import accumulate, islice, pairwise
from pathlib import Path
from typing import Any

import av
import pytest
from av.container import InputContainer
from msgspec.structs import replace

from contracts.v1 import TIMELINE_ORIGIN_S, Chunk, CopiedRung, CopyVideo, Grid, Probe, Rational
from services.ladder_encode.decide import Made, share_encoded, share_that_ends_with
from services.ladder_encode.media.copy import copy_video
from services.ladder_encode.segment import EncodedSegment, Refusal
from tests.media import make_clip, shown
from tests.range_server import serving
from tests.unit.ladder_encode.delivery import ORIGINAL, Delivered, probed, timeline

FIXED = {"preset": "veryfast", "x264-params": "keyint=25:min-keyint=25:scenecut=0"}
IRREGULAR = {"preset": "veryfast", "x264-params": "keyint=40:min-keyint=10"}
SOURCES: dict[str, dict[str, Any]] = {
    "b-frames.mp4": {"options": FIXED | {"bf": "3"}},
    "no-b-frames.mp4": {"options": FIXED | {"bf": "0"}},
    "pyramid.mp4": {"options": FIXED | {"bf": "5", "b_strategy": "2"}},
    "irregular.mp4": {"options": IRREGULAR},
    "29.97.mp4": {"rate": Fraction(30_000, 1001), "options": FIXED},
    "60.mov": {"rate": Fraction(60), "options": FIXED},
    "with-sound.mp4": {"options": FIXED, "beeps_s": [1.0]},
    "late.mp4": {"start_s": Fraction(2), "options": FIXED},
    "late-beside-sound.mp4": {"options": FIXED, "beeps_s": [1.0], "audio_start_s": -0.5},
    "faststart.mp4": {"options": FIXED, "container_options": {"movflags": "faststart"}},
    "fragmented.mp4": {"options": FIXED, "container_options": {"movflags": "frag_keyframe+empty_moov"}},
    "no-edit-list.mp4": {"options": FIXED, "container_options": {"use_editlist": "0"}},
    "negative-offsets.mp4": {"options": FIXED, "container_options": {"movflags": "negative_cts_offsets"}},
}
FRAMES = 120


def task_for(probe: Probe, segments: list[int] | None = None) -> CopyVideo:
    """Return the task that cuts an original at each group of pictures, in chunks of two segments."""
    video = probe.video[0]
    assert video.pictures is not None
    lengths = segments or video.pictures.groups
    bounds = [*accumulate(lengths, initial=0)]
    cuts = sorted({*bounds[::2], bounds[-1]})
    chunks = [Chunk(index=n, first_frame=a, end_frame=b) for n, (a, b) in enumerate(pairwise(cuts))]
    rate = video.frame_rate
    return CopyVideo(
        asset_id="asset",
        recipe="recipe",
        original=ORIGINAL,
        part="copy",
        grid=Grid(frame_rate=Rational(rate.num, rate.den), frames=sum(lengths), segment_frames=100, gop_frames=50),
        source=replace(video, pictures=None),
        copied=CopiedRung(name="90p", segments=lengths, chunks=chunks),
    )


def copied(url: str, task: CopyVideo) -> Delivered:
    segments = [own for own in copy_video(url, task) if isinstance(own, EncodedSegment)]
    assert len(segments) == len(task.copied.segments)
    return Delivered([own.header for own in segments if own.header is not None], segments)


def samples(container: InputContainer) -> list[bytes]:
    return [bytes(packet) for packet in container.demux(container.streams.video[0]) if packet.size]


def fragments(data: bytes) -> list[tuple[int, int, int]]:
    """Return (sequence number, first decode time, number of samples) of each fragment."""
    found, at = [], 0
    while (at := data.find(b"moof", at)) > 0:
        moof = data[at - 4 : at - 4 + int.from_bytes(data[at - 4 : at], "big")]
        sequence = struct.unpack_from(">I", moof, moof.index(b"mfhd") + 8)[0]
        decode_time = struct.unpack_from(">Q", moof, moof.index(b"tfdt") + 8)[0]
        found.append((sequence, decode_time, struct.unpack_from(">I", moof, moof.index(b"trun") + 8)[0]))
        at += 4
    return found


@pytest.mark.parametrize("name", SOURCES)
def test_the_coded_pictures_are_the_originals_and_each_stands_in_its_slot(tmp_path: Path, name: str) -> None:
    arguments = SOURCES[name]
    rate = arguments.get("rate", Fraction(25))
    clip = make_clip(tmp_path / name, frames=FRAMES, **arguments)
    task = task_for(probed(clip))

    delivered = copied(str(clip), task)

    with av.open(str(clip)) as original, delivered.played() as played:
        assert samples(played) == samples(original)
    with delivered.played() as played:
        times, numbers = timeline(shown(played))
    assert numbers == list(range(FRAMES))
    assert times == [n / rate for n in range(FRAMES)]
    assert len(task.copied.segments) > 1
    durations = [Fraction(own.duration_ticks, delivered.headers[0].timescale) for own in delivered.segments]
    assert durations == [frames / rate for frames in task.copied.segments]


@pytest.mark.parametrize("name", ["b-frames.mp4", "29.97.mp4", "irregular.mp4"])
def test_decode_times_and_fragment_numbers_continue_exactly(tmp_path: Path, name: str) -> None:
    arguments = SOURCES[name]
    rate = arguments.get("rate", Fraction(25))
    clip = make_clip(tmp_path / name, frames=FRAMES, **arguments)
    delivered = copied(str(clip), task_for(probed(clip)))
    timescale = delivered.headers[0].timescale
    slot = int(timescale / rate)

    made = fragments(delivered.data)

    assert [sequence for sequence, _, _ in made] == list(range(1, len(made) + 1))
    assert sum(count for _, _, count in made) == FRAMES
    first = made[0][1]
    assert TIMELINE_ORIGIN_S * timescale - 4 * slot <= first < TIMELINE_ORIGIN_S * timescale
    starts = accumulate((count * slot for _, _, count in made), initial=first)
    assert [at for _, at, _ in made] == list(starts)[:-1]


def test_every_segment_decodes_without_the_one_before_it(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=FRAMES, **SOURCES["pyramid.mp4"])
    delivered = copied(str(clip), task_for(probed(clip)))
    for number, segment in enumerate(delivered.segments):
        with Delivered(delivered.headers, [segment]).played() as played:
            assert [shows for _, shows in shown(played)] == list(range(25 * number, min(25 * number + 25, FRAMES)))


def test_one_header_states_codec_and_clock(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=FRAMES, options=FIXED | {"profile": "main", "level": "3.1"})
    (header,) = copied(str(clip), task_for(probed(clip))).headers
    assert header.codecs == "avc1.4d401f"
    assert header.timescale == 25_000


def test_copying_twice_gives_the_same_bytes_over_http_too(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=FRAMES, **SOURCES["with-sound.mp4"])
    task = task_for(probed(clip))
    with serving(clip) as served:
        assert copied(served.url, task).data == copied(str(clip), task).data
        assert len(served.ranges) <= 3


def refused(clip: Path, task: CopyVideo) -> tuple[int, str]:
    """Return how many segments are made before it is said why there are no more."""
    *made, last = copy_video(str(clip), task)
    assert all(isinstance(own, EncodedSegment) for own in made)
    assert isinstance(last, Refusal)
    return len(made), last.code


def test_an_index_that_promises_more_than_there_is_ends_it(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=FRAMES, options=FIXED)
    assert refused(clip, task_for(probed(clip), segments=[25, 25, 25, 25, 25])) == (4, "index_not_true")


def test_a_segment_that_would_not_begin_with_a_key_picture_ends_it(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=FRAMES, options=FIXED)
    assert refused(clip, task_for(probed(clip), segments=[25, 20, 75])) == (1, "index_not_true")


def test_a_group_that_needs_the_one_before_it_ends_it(tmp_path: Path) -> None:
    open_groups = {"preset": "veryfast", "x264-params": "open-gop=1:keyint=25:min-keyint=25:scenecut=0:b-adapt=0"}
    clip = make_clip(tmp_path / "clip.mp4", frames=FRAMES, options=open_groups)
    assert refused(clip, task_for(probed(clip))) == (1, "open_gop")


def test_other_parameters_in_the_middle_end_it(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=FRAMES, options=FIXED)
    data = bytearray(clip.read_bytes())
    with av.open(str(clip)) as original:
        entry = next(own for own in islice(original.streams.video[0].index_entries, 51, None) if own.size > 40)
    # A unit that was a part of a picture becomes a set of parameters.
    data[entry.pos + 4] = 0x67
    clip.write_bytes(data)
    assert refused(clip, task_for(probed(clip))) == (2, "parameter_change")


def test_pictures_that_are_shown_elsewhere_than_the_grid_says_end_it(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=FRAMES, options=FIXED | {"bf": "2"})
    data = bytearray(clip.read_bytes())
    offsets = data.index(b"ctts") + 8
    entries = struct.unpack_from(">I", data, offsets)[0]
    count, offset = struct.unpack_from(">II", data, offsets + 4 + 8 * (entries - 1))
    struct.pack_into(">II", data, offsets + 4 + 8 * (entries - 1), count, offset + 3 * 512)
    clip.write_bytes(data)
    assert refused(clip, task_for(probed(clip))) == (4, "index_not_true")


def test_each_chunk_is_a_fact_when_its_last_segment_is_there(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=FRAMES, options=FIXED)
    task, made = task_for(probed(clip)), Made()
    facts = []
    for segment in copy_video(str(clip), task):
        assert isinstance(segment, EncodedSegment)
        made.add(segment)
        chunk = share_that_ends_with(task, segment.number)
        if chunk is not None:
            facts.append(share_encoded(task, chunk, made))
    assert [(fact.part, fact.chunk) for fact in facts] == [("copy-00000", 0), ("copy-00001", 1), ("copy-00002", 2)]
    assert [[own.number for own in fact.renditions[0].segments] for fact in facts] == [[0, 1], [2, 3], [4]]
    assert {fact.renditions[0].rendition for fact in facts} == {"video/90p"}
