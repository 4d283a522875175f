"""What is measured on small clips: more detail takes more bits, and what is more like the source measures so."""

import random
from collections.abc import Iterator
from pathlib import Path

import av
import pytest
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from contracts.v1 import Grid, MeasureComplexity, Original, Rational, Rung, Snippet
from services.ladder_encode.media.video import encode_video
from services.measure.decide import Sample
from services.measure.decide_complexity import complexity_measured
from services.measure.media.complexity import measure_snippets
from services.measure.media.quality import luma_errors
from services.runtime.errors import Permanent
from tests.media import make_clip
from tests.unit.ladder_encode.delivery import chunks, probed, video_task

LARGE = Rung(name="180p", width=320, height=180, bitrate_bps=4_000_000)
SMALL = Rung(name="90p", width=160, height=90, bitrate_bps=600_000)
STARVED = Rung(name="90p-40k", width=160, height=90, bitrate_bps=40_000)
GRID = Grid(frame_rate=Rational(25, 1), frames=100, segment_frames=50, gop_frames=25)


def filmed(path: Path, *, grain: int, block: int) -> Path:
    """Write a clip of 4 s whose blocks of so many pixels are grey at random, new in every picture."""
    chance = random.Random(1)
    with av.open(str(path), "w") as output:
        video = output.add_stream("libx264", rate=25, options={"preset": "ultrafast", "crf": "10", "g": "25"})
        assert isinstance(video, VideoStream)
        video.width, video.height, video.pix_fmt = 320, 180, "yuv420p"
        for picture in _random_pictures(chance, grain, block):
            output.mux(video.encode(picture))
        output.mux(video.encode(None))
    return path


def _random_pictures(chance: random.Random, grain: int, block: int) -> Iterator[VideoFrame]:
    lumas = bytes(128 - grain + value % (2 * grain + 1) for value in range(256))
    for _ in range(100):
        picture = VideoFrame(320, 180, "yuv420p")
        stride = picture.planes[0].line_size
        rows = []
        for _ in range(180 // block):
            greys = chance.randbytes(320 // block).translate(lumas)
            row = greys if block == 1 else b"".join(bytes([grey]) * block for grey in greys)
            rows.append(row.ljust(stride, b"\0") * block)
        picture.planes[0].update(b"".join(rows).ljust(picture.planes[0].buffer_size, b"\0"))
        for plane in picture.planes[1:]:
            plane.update(bytes([128]) * plane.buffer_size)
        yield picture


def task(clip: Path, *rungs: Rung) -> MeasureComplexity:
    return MeasureComplexity(
        asset_id="a",
        recipe="r",
        original=Original(bucket="media", key="uploads/a", size_bytes=1, etag="e"),
        grid=GRID,
        source=probed(clip).video[0],
        rungs=[*rungs],
    )


def snippets(clip: Path) -> list[Snippet]:
    return measure_snippets(str(clip), task(clip, LARGE, SMALL))


def test_snippets_begin_at_key_pictures_and_last_one_group(tmp_path: Path) -> None:
    found = snippets(filmed(tmp_path / "film.mp4", grain=10, block=4))

    assert [(snippet.start_s, snippet.duration_s) for snippet in found] == [(1.0, 1.0), (3.0, 1.0)]
    assert all(snippet.bits_per_pixel == round(snippet.bitrate_bps / (25 * 160 * 90), 4) for snippet in found)


def test_more_detail_wants_more_bits_and_fine_detail_grows_faster_with_size(tmp_path: Path) -> None:
    still, coarse, fine = (
        snippets(filmed(tmp_path / f"{grain}-{block}.mp4", grain=grain, block=block))[0]
        for grain, block in ((0, 20), (40, 20), (40, 1))
    )

    assert still.bitrate_bps * 10 < coarse.bitrate_bps
    assert coarse.growth < 4 < fine.growth


def test_measuring_twice_gives_the_same(tmp_path: Path) -> None:
    clip = filmed(tmp_path / "film.mp4", grain=20, block=2)

    assert snippets(clip) == snippets(clip)


def test_the_forecast_of_the_smallest_rung_is_near_what_it_really_takes(tmp_path: Path) -> None:
    clip = filmed(tmp_path / "film.mp4", grain=20, block=4)
    free = Rung(name="90p", width=160, height=90, bitrate_bps=50_000_000)
    measured = complexity_measured(task(clip, free), measure_snippets(str(clip), task(clip, free)))

    size_bytes = sum(
        len(segment.data)
        for chunk in chunks(GRID, 2)
        for segment in encode_video(str(clip), video_task(probed(clip), GRID, chunk, [free]))
    )

    assert measured.forecasts[0].wanted_bps == pytest.approx(8 * size_bytes / 4, rel=0.1)


def test_what_cannot_be_decoded_anywhere_is_not_measured(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=100)
    whole = task(clip, SMALL)
    data = bytearray(clip.read_bytes())
    begin = data.index(b"mdat") + 4
    end = data.index(b"moov") - 4
    data[begin:end] = bytes(end - begin)
    clip.write_bytes(data)

    with pytest.raises(Permanent) as caught:
        measure_snippets(str(clip), whole)
    assert caught.value.code == "nothing_to_measure"


def files(clip: Path, *rungs: Rung) -> list[bytes]:
    """Encode a clip in one chunk and return each rung's second segment as a file."""
    (chunk,) = chunks(GRID, 2)
    made = list(encode_video(str(clip), video_task(probed(clip), GRID, chunk, rungs)))
    inits = {segment.rendition: segment.header.init for segment in made if segment.header}
    seconds = {segment.rendition: segment.data for segment in made if segment.number == 1}
    return [inits[f"video/{rung.name}"] + seconds[f"video/{rung.name}"] for rung in rungs]


def errors(clip: Path, segments: list[bytes], *rungs: Rung, segment: int = 1) -> list[float | None]:
    sample = Sample(segment=segment, grid=GRID, source=probed(clip).video[0], rungs=[*rungs])
    return luma_errors(str(clip), sample, segments)


def test_fewer_bits_are_less_like_the_source(tmp_path: Path) -> None:
    clip = filmed(tmp_path / "film.mp4", grain=20, block=4)

    rich, poor = errors(clip, files(clip, SMALL, STARVED), SMALL, STARVED)

    assert rich is not None
    assert poor is not None
    assert 0 < 4 * rich < poor < 1


@pytest.mark.parametrize(("rotation", "colors"), [(0, {}), (90, {}), (0, {"color_range": 2})])
def test_pictures_are_compared_with_their_own_turned_and_scaled_as_the_encoder_got_them(
    tmp_path: Path, rotation: int, colors: dict[str, int]
) -> None:
    clip = make_clip(tmp_path / "clip.mp4", width=320, height=180, frames=100, rotation=rotation, colors=colors)
    size = (90, 160) if rotation else (160, 90)
    rung = Rung(name="90p", width=size[0], height=size[1], bitrate_bps=2_000_000)
    (made,) = files(clip, rung)

    (right,) = errors(clip, [made], rung)
    (wrong,) = errors(clip, [made], rung, segment=0)

    assert right is not None
    assert wrong is not None
    # 40 dB; beside a picture that is not its own, it is far from that.
    assert right < 1e-4
    assert wrong > 1e-3


def test_what_is_no_picture_of_the_usual_kind_is_not_compared(tmp_path: Path) -> None:
    clip = filmed(tmp_path / "film.mp4", grain=20, block=4)
    deep = make_clip(tmp_path / "deep.mp4", frames=50, pixel_format="yuv420p10le", codec="libx265")

    assert errors(clip, [deep.read_bytes()], SMALL) == [None]


def test_a_segment_that_lacks_pictures_is_said(tmp_path: Path) -> None:
    clip = filmed(tmp_path / "film.mp4", grain=20, block=4)
    short = make_clip(tmp_path / "short.mp4", frames=20)

    with pytest.raises(Permanent) as caught:
        errors(clip, [short.read_bytes()], SMALL)
    assert caught.value.code == "segment_too_short"
