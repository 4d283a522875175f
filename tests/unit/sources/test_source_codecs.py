"""Codecs beside H.264, high dynamic range kept as it is, halved frame rates: from the file to what players get."""

import hashlib
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from av.video.frame import VideoFrame

from contracts.v1 import TIMELINE_ORIGIN_S, EncodeVideo, Probe, Rung
from services.ladder_encode.media.video import encode_video
from services.plan.ladder import Ladder, Step
from services.plan.sets import Offer
from services.probe.media import read_probe
from services.runtime.media_slots import ticks_of
from tests.media import make_clip
from tests.unit.sources.test_source_formats import BLOCKS, TOLERANCE, assert_colours
from tests.unit.sources.whole_path import (
    Processed,
    Rendition,
    assert_comes_out_right,
    patch_of,
    planned,
    processed,
    shown_as_rgb,
)

STEPS = [Step(90, 600_000), Step(44, 200_000)]
HEVC = Ladder("hevc", STEPS, {"fast": "ultrafast"})
AV1 = Ladder("av1", STEPS, {"fast": "10"})
FRAMES = 110
HDR10 = (
    "log-level=none:hdr10=1:max-cll=600,400:master-display="
    "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)"
)
PQ, HLG = 16, 18


def bright_clip(path: Path, transfer: int, parameters: str = "log-level=none", **arguments: Any) -> Path:
    """Write a clip of high dynamic range that shows grey cards and diffuse white, or other levels."""
    return make_clip(
        path,
        codec="libx265",
        pixel_format="yuv420p10le",
        options={"x265-params": parameters},
        colors={"color_primaries": 9, "color_trc": transfer, "colorspace": 9, "color_range": 1},
        **arguments,
    )


def others(made: Processed) -> list[tuple[Rung, Rendition]]:
    return [(rung, made.renditions[f"video/{rung.name}"]) for own in made.plan.sets for rung in own.rungs]


def told(path: Path, rendition: Rendition) -> Probe:
    """Return what a rendition says of itself."""
    path.write_bytes(rendition.data)
    return read_probe(str(path), path.stat().st_size)


def luma_of(picture: VideoFrame, block: int) -> float:
    """Return the mean luma, in ten bits, in the middle of one of the upper blocks."""
    plane = picture.planes[0]
    samples = memoryview(bytes(plane)).cast("H")
    x, y, width = (2 * block + 1) * picture.width // 16, picture.height // 4, plane.line_size // 2
    return sum(samples[(y + dy) * width + x + dx] for dy in range(4) for dx in range(4)) / 16


def assert_joins(made: Processed, rung: Rung, rendition: Rendition) -> None:
    """Check that each segment states its place on the timeline and begins two groups of pictures."""
    grid = made.plan.grid
    timescale, ticks = ticks_of(grid.frame_rate.fraction)
    for number, data in rendition.segments.items():
        first = number * grid.segment_frames
        groups = range(first, min(first + grid.segment_frames, grid.frames), grid.gop_frames)
        decoded_at = data.index(b"tfdt") + 8
        start = int.from_bytes(data[decoded_at : decoded_at + 8], "big")
        assert data.count(b"moof") == len(groups)
        # The picture that is decoded first stands there, or a few later where pictures are reordered.
        late = Fraction(start, ticks) - TIMELINE_ORIGIN_S * timescale // ticks - first
        assert -8 * rung.frame_step < late <= 0


@pytest.mark.parametrize(
    ("ladder", "codec", "codecs", "sample_entry"),
    [(HEVC, "hevc", "hvc1.1.6.L60.90", b"hvc1"), (AV1, "av1", "av01.0.00M.08.0.110.06.06.06.0", b"av01")],
    ids=["HEVC", "AV1"],
)
def test_other_codecs_show_the_same_pictures_at_the_same_times(
    tmp_path: Path, ladder: Ladder, codec: str, codecs: str, sample_entry: bytes
) -> None:
    clip = make_clip(tmp_path / "clip.mkv", frames=FRAMES, beeps_s=[1.0], **BLOCKS)

    made = processed(clip, offer=Offer(sdr=[ladder]))

    assert_comes_out_right(made, numbers=range(FRAMES), beeps_s=[1.0])
    assert [rung.codec for rung, _ in others(made)] == [codec, codec]
    for rung, rendition in others(made):
        assert made.delivered[f"video/{rung.name}"].codecs == codecs
        assert sample_entry in rendition.init
        assert rendition.pictures() == [(n / Fraction(25), n) for n in range(FRAMES)]
        picture = rendition.picture(1)
        assert (picture.width, picture.height, picture.format.name) == (rung.width, rung.height, "yuv420p")
        assert_colours(shown_as_rgb(picture), 1)
        assert_joins(made, rung, rendition)


@pytest.mark.parametrize("ladder", [HEVC, AV1], ids=["HEVC", "AV1"])
@pytest.mark.parametrize("frames", [1, 2, 3, 101, 102])
def test_the_last_chunk_may_be_as_short_as_it_likes(tmp_path: Path, ladder: Ladder, frames: int) -> None:
    clip = make_clip(tmp_path / "clip.mkv", frames=frames)

    made = processed(clip, offer=Offer(sdr=[ladder]))

    for rung, rendition in others(made):
        assert rendition.pictures() == [(n / Fraction(25), n) for n in range(frames)]
        assert_joins(made, rung, rendition)


@pytest.mark.parametrize("ladder", [HEVC, AV1], ids=["HEVC", "AV1"])
@pytest.mark.parametrize("transfer", [None, PQ], ids=["SDR", "HDR10"])
def test_the_same_chunk_gives_the_same_bytes(tmp_path: Path, ladder: Ladder, transfer: int | None) -> None:
    path = tmp_path / "clip.mkv"
    clip = bright_clip(path, transfer, HDR10, frames=60) if transfer else make_clip(path, frames=60)
    tasks = planned(clip, offer=Offer(sdr=[ladder], hdr=[ladder]))[2]
    task = next(task for task in tasks if isinstance(task, EncodeVideo) and task.rungs[0].codec == ladder.codec)

    first, second = (
        [hashlib.sha256(segment.data).hexdigest() for segment in encode_video(str(clip), task)] for _ in range(2)
    )

    assert len(first) == 2
    assert first == second


@pytest.mark.parametrize(
    ("ladder", "codecs"),
    [(HEVC, "hvc1.2.4.L60.90"), (AV1, "av01.0.00M.10.0.110.09.{transfer}.09.0")],
    ids=["HEVC", "AV1"],
)
@pytest.mark.parametrize(("transfer", "parameters"), [(PQ, HDR10), (HLG, "log-level=none")], ids=["HDR10", "HLG"])
def test_high_dynamic_range_is_kept_beside_the_standard_one(
    tmp_path: Path, ladder: Ladder, codecs: str, transfer: int, parameters: str
) -> None:
    clip = bright_clip(tmp_path / "hdr.mp4", transfer, parameters, frames=FRAMES, levels=(99, 150), chroma=(120, 135))

    made = processed(clip, offer=Offer(sdr=[AV1, HEVC], hdr=[ladder]))

    source = made.probe.video[0]
    assert (source.mastering_display is not None) == (source.content_light is not None) == (transfer == PQ)
    assert_comes_out_right(made, numbers=range(FRAMES))
    assert {made.rungs[0].picture(1).color_trc, made.rungs[0].picture(1).color_primaries} == {1}
    for rung, rendition in others(made):
        own = told(tmp_path / f"{rung.name}.mp4", rendition).video[0]
        assert (rung.codec, rung.dynamic_range) == (ladder.codec, {PQ: "pq", HLG: "hlg"}[transfer])
        assert made.delivered[f"video/{rung.name}"].codecs == codecs.format(transfer=transfer)
        assert own.pixel_format == "yuv420p10le"
        assert (own.color_primaries, own.color_transfer, own.color_space, own.color_range) == (
            source.color_primaries,
            source.color_transfer,
            source.color_space,
            source.color_range,
        )
        assert (own.mastering_display, own.content_light) == (source.mastering_display, source.content_light)
        assert rendition.pictures() == [(n / Fraction(25), n) for n in range(FRAMES)]
        picture = rendition.picture(1)
        assert [luma_of(picture, block) for block in (1, 0)] == pytest.approx([4 * 99, 4 * 150], abs=6)
        assert_joins(made, rung, rendition)


@pytest.mark.parametrize("parameters", ["log-level=none", HDR10.replace("600,400", "1000,400")], ids=["unsaid", "said"])
@pytest.mark.parametrize(("transfer", "white"), [(PQ, 143), (HLG, 180)], ids=["PQ", "HLG"])
def test_grey_cards_and_white_look_as_they_do_in_standard_range(
    tmp_path: Path, transfer: int, white: int, parameters: str
) -> None:
    # ITU-R BT.2408-7, table 1: a grey card that reflects 18 % is 26 nits, 38 % in both; diffuse white is 203 nits.
    clip = bright_clip(tmp_path / "hdr.mp4", transfer, parameters, frames=3, levels=(99, white))

    made = processed(clip)

    picture = shown_as_rgb(made.rungs[0].picture(1))
    # The card is 41 % in BT.709, and a display by BT.1886 shows 26 of 203 nits at 42.5 %.
    assert patch_of(picture, 1) == pytest.approx((108, 108, 108), abs=4)
    assert patch_of(made.poster, 1) == pytest.approx((108, 108, 108), abs=4)
    # Above white there is still room for what is brighter: BT.2390 brings 203 of 1000 nits to 159 of 203.
    assert patch_of(picture, 0) == pytest.approx((230, 230, 230), abs=4)


@pytest.mark.parametrize("name", ["hdr.mp4", "hdr.mkv"])
def test_colours_of_wide_gamuts_are_found_in_the_small_one(tmp_path: Path, name: str) -> None:
    clip = bright_clip(tmp_path / name, PQ, frames=3, levels=(100, 100), chroma=(124, 136))

    made = processed(clip)

    # By the formulas of BT.2100, BT.2087 and BT.1886, without a table: nothing here is bright enough to be compressed.
    expected = (159, 95, 92)
    assert patch_of(shown_as_rgb(made.rungs[0].picture(0)), 5) == pytest.approx(expected, abs=TOLERANCE)


@pytest.mark.parametrize("frames", [220, 219], ids=["even", "odd"])
@pytest.mark.parametrize("rate", ["50", "60000/1001", "60"])
def test_small_rungs_show_every_second_picture_on_the_same_grid(tmp_path: Path, rate: str, frames: int) -> None:
    fast = Fraction(rate)
    clip = make_clip(tmp_path / "clip.mkv", rate=fast, frames=frames, beeps_s=[1.0], options={"bf": "2"})
    ladder = Ladder("h264", [Step(90, 600_000), Step(44, 200_000)])

    made = processed(clip, ladder, Offer(sdr=[AV1] if rate == "50" else [], halved=True))

    assert {rung.frame_step for rung in made.plan.all_rungs} == {2}
    assert_comes_out_right(made, numbers=range(frames), rate=fast, beeps_s=[1.0])
    for rung in made.plan.all_rungs:
        rendition, own = made.renditions[f"video/{rung.name}"], made.delivered[f"video/{rung.name}"]
        assert rendition.pictures() == [(n / fast, n) for n in range(0, frames, 2)]
        assert_joins(made, rung, rendition)
        # Cut where all others are, and the odd picture at the end does not outlast the timeline.
        assert [Fraction(segment.duration_ticks, own.timescale) * fast for segment in own.segments] == [
            min(made.plan.grid.segment_frames, frames - first)
            for first in range(0, frames, made.plan.grid.segment_frames)
        ]
        with rendition.played() as container:
            ticks = sum(packet.duration or 0 for packet in container.demux(video=0))
        assert Fraction(ticks, own.timescale) == frames / fast
