"""Chunks of video as players get them: every picture in its place, whatever the original is."""

import io
import struct
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest
from av.video.frame import VideoFrame
from msgspec.structs import replace

from contracts.v1 import TIMELINE_ORIGIN_S, Chunk, Rung
from services.ladder_encode.media.video import encode_video
from services.runtime.errors import Permanent, Transient
from services.runtime.media_answer import REQUEST_BYTES
from tests.media import make_clip, shown
from tests.range_server import serving
from tests.unit.ladder_encode.delivery import (
    HIGH,
    LOW,
    Delivered,
    chunks,
    delivered_video,
    grid,
    grid_of,
    probed,
    timeline,
    video_task,
)

B_FRAMES = {"bf": "2", "g": "30"}
OPEN_GROUPS = {"preset": "veryfast", "x264-params": "open-gop=1:keyint=30:min-keyint=30:scenecut=0"}
HEVC_OPEN_GROUPS = {"x265-params": "log-level=none:open-gop=1:keyint=30:min-keyint=30:scenecut=0:bframes=3"}
EXACT_SOURCES: dict[str, dict[str, Any]] = {
    "25.mp4": {"options": B_FRAMES},
    "29.97.mkv": {"rate": Fraction(30_000, 1001), "options": B_FRAMES},
    "23.976.mkv": {"rate": Fraction(24_000, 1001), "options": B_FRAMES},
    "59.94.ts": {"rate": Fraction(60_000, 1001), "options": B_FRAMES},
    "12.5.mp4": {"rate": Fraction(25, 2), "options": {"g": "30"}},
    "offset.ts": {"start_s": Fraction(5), "options": B_FRAMES},
    "wrapping.ts": {"start_s": Fraction(95_442), "options": B_FRAMES},
    "offset.mp4": {"start_s": Fraction(10), "options": B_FRAMES},
    "fragmented.mp4": {"options": B_FRAMES, "container_options": {"movflags": "frag_keyframe+empty_moov"}},
    "open.mp4": {"options": OPEN_GROUPS},
    "open.ts": {"options": OPEN_GROUPS},
    "hevc.mp4": {"codec": "libx265", "options": HEVC_OPEN_GROUPS},
    "mpeg2.ts": {"codec": "mpeg2video", "options": B_FRAMES},
    "vp9.webm": {"codec": "libvpx-vp9", "options": {"g": "30"}},
    "flash.flv": {"options": B_FRAMES},
    "old.avi": {"codec": "mpeg4", "options": B_FRAMES},
    "prores.mov": {"codec": "prores_ks", "pixel_format": "yuv422p10le"},
    "ten-bit.mkv": {"codec": "libx265", "pixel_format": "yuv420p10le"},
    "full-chroma.mkv": {"pixel_format": "yuv444p", "width": 161, "height": 91},
    "rgb.mkv": {"codec": "ffv1", "pixel_format": "bgr0"},
    "grey.mkv": {"codec": "ffv1", "pixel_format": "gray"},
    "full-range.mp4": {"pixel_format": "yuvj420p", "colors": {"color_range": 2}},
    "anamorphic.mp4": {"sample_aspect": Fraction(4, 3)},
    "turned-90.mp4": {"rotation": 90},
    "turned-180.mp4": {"rotation": 180},
    "turned-270.mov": {"rotation": 270},
}


def fragments(delivered: Delivered) -> list[tuple[int, int, list[int]]]:
    """Return (sequence number, first decode time, durations) of each fragment."""
    found = []
    for segment in delivered.segments:
        at = 0
        while (at := segment.data.find(b"moof", at)) > 0:
            moof = segment.data[at - 4 : at - 4 + int.from_bytes(segment.data[at - 4 : at], "big")]
            sequence = struct.unpack_from(">I", moof, moof.index(b"mfhd") + 8)[0]
            decode_time = struct.unpack_from(">Q", moof, moof.index(b"tfdt") + 8)[0]
            duration = struct.unpack_from(">I", moof, moof.index(b"tfhd") + 12)[0]
            count = struct.unpack_from(">I", moof, moof.index(b"trun") + 8)[0]
            found.append((sequence, decode_time, [duration] * count))
            at += 4
    return found


@pytest.mark.parametrize("name", EXACT_SOURCES)
def test_each_picture_stands_in_its_slot_across_chunks(tmp_path: Path, name: str) -> None:
    arguments = EXACT_SOURCES[name]
    rate = arguments.get("rate", Fraction(25))
    clip = make_clip(tmp_path / name, frames=120, **arguments)

    delivered = delivered_video(clip, (HIGH, LOW), grid(rate, 120))

    assert set(delivered) == {"video/90p", "video/44p"}
    for rendition in delivered.values():
        assert len(set(rendition.headers)) == 1
        with rendition.played() as played:
            times, numbers = timeline(shown(played))
        assert numbers == list(range(120))
        assert times == [n / rate for n in range(120)]


def test_decode_times_continue_exactly_over_chunks(tmp_path: Path) -> None:
    rate = Fraction(30_000, 1001)
    clip = make_clip(tmp_path / "clip.mkv", rate=rate, frames=200, options=B_FRAMES)

    made = fragments(delivered_video(clip, on=grid(rate, 200))["video/90p"])

    assert [sequence for sequence, _, _ in made] == list(range(1, len(made) + 1))
    assert [len(durations) for _, _, durations in made] == [30, 30, 30, 30, 30, 30, 20]
    reordering = TIMELINE_ORIGIN_S * 30_000 - made[0][1]
    assert 0 < reordering <= 3 * 1001
    assert [at + reordering - TIMELINE_ORIGIN_S * 30_000 for _, at, _ in made] == [n * 30 * 1001 for n in range(7)]
    assert {duration for _, _, durations in made for duration in durations} == {1001}


def test_the_size_of_chunks_does_not_change_what_is_shown(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=190, options=OPEN_GROUPS)

    single, many = delivered_video(clip, segments=9), delivered_video(clip)

    for rendition in ("video/90p",):
        assert single[rendition].headers[0] == many[rendition].headers[0]
        assert [(s.number, s.duration_ticks) for s in single[rendition].segments] == [
            (s.number, s.duration_ticks) for s in many[rendition].segments
        ]
        with single[rendition].played() as one, many[rendition].played() as other:
            assert shown(one) == shown(other)


def test_segments_begin_where_the_grid_cuts_with_a_key_picture_that_nothing_refers_across(tmp_path: Path) -> None:
    # Groups of 25 pictures end on none of these; 5 is sooner after the one before than any group may end by itself.
    cuts = [48, 53, 96, 158]
    clip = make_clip(tmp_path / "clip.mp4", frames=190, options=OPEN_GROUPS)
    on = replace(grid(Fraction(25), 190), cuts=cuts)

    one, two = (delivered_video(clip, on=on, segments=segments)["video/90p"] for segments in (1, 3))

    for made in (one, two):
        assert [segment.number for segment in made.segments] == [0, 1, 2, 3, 4]
        starts = [sum(segment.duration_ticks for segment in made.segments[:n]) // 1000 for n in range(5)]
        assert starts == on.segment_starts
        for segment, first, end in zip(made.segments, starts, [*starts[1:], 190], strict=True):
            with av.open(io.BytesIO(made.headers[0].init + segment.data), "r") as alone:
                assert [number for _, number in shown(alone)] == list(range(first, end))
        sequences = [sequence for sequence, _, _ in fragments(made)]
        assert sequences == sorted(set(sequences))


def test_the_same_task_gives_the_same_bytes(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=60)

    assert delivered_video(clip, (HIGH, LOW)) == delivered_video(clip, (HIGH, LOW))


def test_the_header_says_what_the_rung_is(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", width=640, height=360, frames=25)
    rung = Rung(name="360p", width=640, height=360, bitrate_bps=600_000)

    delivered = delivered_video(clip, [rung])["video/360p"]

    assert delivered.headers[0].codecs == "avc1.64001e"
    assert delivered.headers[0].timescale == 25_000
    assert [segment.duration_ticks for segment in delivered.segments] == [25_000]


def test_key_pictures_decode_from_their_own_bytes(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=126)

    delivered = delivered_video(clip)["video/90p"]

    alone = []
    for segment in delivered.segments:
        for iframe in segment.iframes:
            data = segment.data[iframe.offset_bytes : iframe.offset_bytes + iframe.size_bytes]
            with av.open(io.BytesIO(delivered.headers[0].init + data), "r") as played:
                alone += [(iframe.duration_ticks, *picture) for picture in shown(played)]
    assert alone == [(1000 * min(25, 126 - n), Fraction(n, 25) + TIMELINE_ORIGIN_S, n) for n in range(0, 126, 25)]


@pytest.mark.parametrize(("preset", "expected"), [("veryfast", b"ref=1 "), ("medium", b"ref=3 "), ("slow", b"ref=4 ")])
def test_each_preset_puts_each_picture_in_its_slot(tmp_path: Path, preset: str, expected: bytes) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=110)
    probe = probed(clip)
    tasks = [replace(video_task(probe, grid_of(probe), chunk), preset=preset) for chunk in chunks(grid_of(probe))]

    segments = [segment for task in tasks for segment in encode_video(str(clip), task)]

    made = Delivered([segment.header for segment in segments if segment.header is not None], segments)
    assert len(set(made.headers)) == 1
    # What x264 writes of its options into the first picture of a chunk.
    assert all(expected in segment.data for segment in segments)
    with made.played() as played:
        assert timeline(shown(played)) == ([Fraction(n, 25) for n in range(110)], list(range(110)))


def test_variable_rate_holds_pictures_over_gaps_and_drops_none_that_has_a_slot(tmp_path: Path) -> None:
    steps = [Fraction(n, 30) for n in range(40)]
    late = [Fraction(n, 30) + 2 for n in range(40)]
    clip = make_clip(tmp_path / "phone.mp4", rate=Fraction(30), times_s=[*steps, *late])

    delivered = delivered_video(clip, on=grid(Fraction(30), 100))["video/90p"]

    with delivered.played() as played:
        times, numbers = timeline(shown(played))
    assert times == [Fraction(n, 30) for n in range(100)]
    assert numbers == [*range(40), *[39] * 20, *range(40, 80)]


def test_half_the_rate_takes_every_other_picture(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "fast.mp4", rate=Fraction(120), frames=120)

    delivered = delivered_video(clip, on=grid(Fraction(60), 60))["video/90p"]

    with delivered.played() as played:
        assert timeline(shown(played))[1] == list(range(0, 120, 2))


def test_each_field_of_interlaced_video_becomes_a_picture(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "tv.ts", codec="mpeg2video", frames=60, options={"flags": "+ilme+ildct", "g": "12"})

    delivered = delivered_video(clip)["video/90p"]

    with delivered.played() as played:
        times, numbers = timeline(shown(played))
    assert times == [Fraction(n, 50) for n in range(120)]
    assert numbers == [n // 2 for n in range(120)]


def test_the_last_picture_stays_to_the_end_of_the_timeline(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=60)

    delivered = delivered_video(clip, on=grid(Fraction(25), 110))["video/90p"]

    with delivered.played() as played:
        assert timeline(shown(played))[1] == [*range(60), *[59] * 50]


@pytest.mark.parametrize("name", ["clip.ts", "clip.mp4", "clip.mkv"])
def test_one_group_of_pictures_for_a_whole_file_is_read_from_its_beginning(tmp_path: Path, name: str) -> None:
    clip = make_clip(tmp_path / name, frames=650, options={"g": "9999", "sc_threshold": "0"})
    probe = probed(clip)
    last = chunks(grid_of(probe))[-1]

    (segment,) = encode_video(str(clip), video_task(probe, grid_of(probe), last, [LOW]))

    assert segment.header is not None
    with Delivered([segment.header], [segment]).played() as played:
        assert timeline(shown(played))[1] == list(range(600, 650))


def test_a_single_picture_is_a_video(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "one.mp4", frames=1)

    with delivered_video(clip)["video/90p"].played() as played:
        assert shown(played) == [(Fraction(TIMELINE_ORIGIN_S), 0)]


def colours_of(delivered: Delivered) -> tuple[VideoFrame, tuple[int, int, int]]:
    """Return a picture and the mean of its planes, in the middle."""
    with delivered.played() as played:
        picture = next(played.decode(video=0))
    middles = [bytes(p)[p.line_size * (p.height // 4) :][p.width // 16] for p in picture.planes]
    return picture, (middles[0], middles[1], middles[2])


@pytest.mark.parametrize(
    ("name", "arguments", "tags", "expected"),
    [
        ("plain.mp4", {}, (6, 6, 6), (120, 110, 160)),
        (
            "hd-tags.mp4",
            {"colors": {"color_primaries": 1, "color_trc": 1, "colorspace": 1}},
            (1, 1, 1),
            (120, 110, 160),
        ),
        ("pal.mp4", {"colors": {"color_primaries": 5, "color_trc": 6, "colorspace": 5}}, (5, 6, 5), (120, 110, 160)),
        ("full.mp4", {"pixel_format": "yuvj420p", "colors": {"color_range": 2}}, (6, 6, 6), (120, 110, 160)),
        ("ten.mkv", {"codec": "ffv1", "pixel_format": "yuv422p10le"}, (6, 6, 6), (120, 110, 160)),
        # BT.601 pictures as RGB, delivered in BT.709: other numbers for the same colour.
        ("rgb.mkv", {"codec": "ffv1", "pixel_format": "bgr0"}, (1, 1, 1), (115, 113, 159)),
    ],
)
def test_colours_arrive_as_they_were(
    tmp_path: Path, name: str, arguments: dict[str, Any], tags: tuple[int, int, int], expected: tuple[int, int, int]
) -> None:
    clip = make_clip(tmp_path / name, frames=5, levels=(120, 120), chroma=(110, 160), **arguments)

    picture, planes = colours_of(delivered_video(clip)["video/90p"])

    assert (picture.color_primaries, picture.color_trc, picture.colorspace, picture.color_range) == (*tags, 1)
    assert planes == pytest.approx(expected, abs=3)


@pytest.mark.parametrize("transfer", [16, 18], ids=["PQ", "HLG"])
def test_high_dynamic_range_becomes_standard(tmp_path: Path, transfer: int) -> None:
    hdr = {"color_primaries": 9, "color_trc": transfer, "colorspace": 9, "color_range": 1}
    clip = make_clip(
        tmp_path / "hdr.mp4",
        codec="libx265",
        pixel_format="yuv420p10le",
        colors=hdr,
        frames=5,
        levels=(120, 120),
        chroma=(110, 160),
    )

    picture, planes = colours_of(delivered_video(clip)["video/90p"])

    assert (picture.color_primaries, picture.color_trc, picture.colorspace, picture.color_range) == (1, 1, 1, 1)
    # The same red is further from grey in the smaller gamut.
    assert planes[2] > 168


def test_what_is_transparent_becomes_black(tmp_path: Path) -> None:
    clip = make_clip(
        tmp_path / "clear.webm",
        codec="libvpx-vp9",
        pixel_format="yuva420p",
        options={"auto-alt-ref": "0"},
        frames=5,
        levels=(235, 235),
        alpha=128,
    )

    _, planes = colours_of(delivered_video(clip)["video/90p"])

    assert planes == pytest.approx((126, 128, 128), abs=4)


def test_pictures_that_change_their_size_in_the_middle_fill_the_same_rung(tmp_path: Path) -> None:
    small = make_clip(tmp_path / "small.ts", frames=50)
    large = make_clip(tmp_path / "large.ts", frames=50, width=320, height=180, start_s=Fraction(2))
    clip = tmp_path / "clip.ts"
    clip.write_bytes(small.read_bytes() + large.read_bytes())

    with delivered_video(clip, on=grid(Fraction(25), 100), segments=2)["video/90p"].played() as played:
        assert timeline(shown(played))[1] == [*range(50), *range(50)]


def test_a_store_is_read_by_range(tmp_path: Path) -> None:
    clip = make_clip(
        tmp_path / "clip.mov",
        codec="rawvideo",
        pixel_format="uyvy422",
        frames=300,
        container_options={"movflags": "faststart"},
    )
    probe = probed(clip)
    task = video_task(probe, grid_of(probe), chunks(grid_of(probe))[5])

    with serving(clip) as served:
        assert list(encode_video(served.url, task)) == list(encode_video(str(clip), task))
        (index_at, _), *for_chunk = served.ranges
    assert index_at == 0
    assert min(chunk_at for chunk_at, _ in for_chunk) > clip.stat().st_size * 4 // 5
    # A store that is asked for everything that follows prepares for that.
    assert all(end - start < REQUEST_BYTES for start, end in served.ranges)


@pytest.mark.parametrize(("name", "options"), [("clip.mkv", None), ("clip.mp4", {"movflags": "faststart"})])
def test_a_store_that_hangs_up_is_not_the_end_of_the_file(
    tmp_path: Path, name: str, options: dict[str, str] | None
) -> None:
    clip = make_clip(tmp_path / name, width=640, height=360, frames=300, options={"qp": "1"}, container_options=options)
    probe = probed(clip)
    task = video_task(probe, grid_of(probe), Chunk(index=0, first_frame=0, end_frame=300), [LOW])

    with serving(clip) as served:
        served.cut_after = clip.stat().st_size // 2
        with pytest.raises(Transient, match="unreadable_original"):
            list(encode_video(served.url, task))


def test_a_damaged_middle_costs_only_its_own_pictures(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=100, options={"g": "10", "bf": "0"})
    damaged = bytearray(clip.read_bytes())
    begin, end = damaged.index(b"mdat") + 4, damaged.index(b"moov") - 4
    third = (end - begin) // 3
    damaged[begin + third : begin + third + 64] = bytes(64)
    clip.write_bytes(damaged)

    with delivered_video(clip, on=grid(Fraction(25), 100))["video/90p"].played() as played:
        times, numbers = timeline(shown(played))

    assert times == [Fraction(n, 25) for n in range(100)]
    assert sum(number == n for n, number in enumerate(numbers)) >= 85


def test_a_chunk_without_any_picture_fails_for_good(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=100)
    probe = probed(clip)
    empty = bytearray(clip.read_bytes())
    begin, end = empty.index(b"mdat") + 4, empty.index(b"moov") - 4
    empty[begin:end] = b"\xff" * (end - begin)
    clip.write_bytes(empty)
    on = grid(Fraction(25), 100)

    with pytest.raises(Permanent, match="undecodable_chunk"):
        list(encode_video(str(clip), video_task(probe, on, chunks(on)[1])))
