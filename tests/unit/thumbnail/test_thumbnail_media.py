"""Pictures of small clips whose frames show their own number."""

import re
from collections.abc import Callable
from fractions import Fraction
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import pytest
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace
from PIL import Image, ImageStat

from contracts.v1 import Rational, VideoStream
from services.runtime.children import MediaChildren
from services.runtime.confinement import Confinement
from services.runtime.errors import Permanent
from services.thumbnail.decide import Size, corner_of
from services.thumbnail.media import MadePicture, make_thumbnails
from services.thumbnail.upright import Upright
from tests.media import make_clip, number_of

KEYFRAMES_EVERY_2_S = {"g": "10", "sc_threshold": "0"}
BLACK, GREY = (0, 0, 0), (128, 128, 128)
UNSPECIFIED = 2


def source(start_s: float = 0.0, **fields: Any) -> VideoStream:
    return VideoStream(
        index=0,
        codec="h264",
        width=160,
        height=90,
        frame_rate=Rational(5, 1),
        start_s=start_s,
        duration_s=12.0,
        **fields,
    )


def frame_of(image: Image.Image) -> VideoFrame:
    frame: VideoFrame = VideoFrame.from_image(image)  # type: ignore[no-untyped-call]  # PyAV leaves it untyped
    return frame


def thumbnails(path: Path, video: VideoStream, duration_s: float) -> list[MadePicture]:
    return list(make_thumbnails(str(path), video, duration_s))


def picture(made: MadePicture) -> Image.Image:
    return Image.open(BytesIO(made.data))


def tile_numbers(made: list[MadePicture]) -> list[int]:
    """Return the numbers shown by the tiles that the cues point at."""
    sheets = {own.name: picture(own) for own in made[1:-1]}
    cues = re.findall(r"^(storyboard-\d+\.jpg)#xywh=(\d+),(\d+),(\d+),(\d+)$", made[-1].data.decode(), re.MULTILINE)
    boxes = [(name, *(int(value) for value in rest)) for name, *rest in cues]
    tiles = [sheets[name].crop((x, y, x + width, y + height)) for name, x, y, width, height in boxes]
    return [number_of(frame_of(tile)) for tile in tiles]


def pattern(size: tuple[int, int]) -> Image.Image:
    return Image.linear_gradient("L").resize(size).convert("RGB")


def draw_clip(path: Path, at: Callable[[int], Image.Image], frames: int, **options: str) -> Path:
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=5, options={"preset": "ultrafast"} | options)
        stream.width, stream.height, stream.pix_fmt = 160, 90, "yuv420p"
        for number in range(frames):
            frame = frame_of(at(number))
            frame.pts = number
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


def test_the_poster_comes_first_and_the_cues_come_last(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", rate=Fraction(5), frames=60, options=KEYFRAMES_EVERY_2_S)

    made = thumbnails(clip, source(), 12.0)

    assert [(own.name, own.content_type) for own in made] == [
        ("poster.jpg", "image/jpeg"),
        ("storyboard-000.jpg", "image/jpeg"),
        ("storyboard.vtt", "text/vtt"),
    ]
    assert [(own.format, own.size) for own in map(picture, made[:2])] == [("JPEG", (160, 90)), ("JPEG", (480, 90))]


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv", "clip.ts", "clip.avi"])
def test_a_tile_shows_the_keyframe_at_its_time(tmp_path: Path, name: str) -> None:
    clip = make_clip(tmp_path / name, rate=Fraction(5), frames=62, options=KEYFRAMES_EVERY_2_S)
    with av.open(str(clip)) as opened:
        start_s = float(next(opened.decode(video=0)).time or 0)

    assert tile_numbers(thumbnails(clip, source(start_s=start_s), 12.4)) == [0, 20, 40, 60]


def test_times_count_from_the_first_picture_whatever_the_clock_says(tmp_path: Path) -> None:
    clip = make_clip(
        tmp_path / "clip.ts", rate=Fraction(5), frames=60, start_s=Fraction(1000), options=KEYFRAMES_EVERY_2_S
    )

    with av.open(str(clip)) as opened:
        start_s = float(next(opened.decode(video=0)).time or 0)
    assert start_s >= 1000
    assert tile_numbers(thumbnails(clip, source(start_s=start_s), 12.0)) == [0, 20, 40]


def test_a_tile_without_a_keyframe_of_its_own_shows_the_one_before(tmp_path: Path) -> None:
    sparse = make_clip(tmp_path / "sparse.mp4", rate=Fraction(5), frames=100, options={"g": "45", "sc_threshold": "0"})
    single = make_clip(tmp_path / "single.mp4", rate=Fraction(5), frames=60, options={"g": "999", "sc_threshold": "0"})

    assert tile_numbers(thumbnails(sparse, source(), 20.0)) == [0, 0, 0, 45, 45]
    assert tile_numbers(thumbnails(single, source(), 12.0)) == [0, 0, 0]


def test_where_every_frame_is_a_keyframe_only_one_for_each_tile_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = make_clip(tmp_path / "clip.avi", rate=Fraction(5), frames=60, codec="mjpeg", pixel_format="yuvj420p")
    drawn: list[VideoFrame] = []
    plain = Upright.__call__

    def counted(self: Upright, frame: VideoFrame) -> Image.Image:
        drawn.append(frame)
        return plain(self, frame)

    monkeypatch.setattr(Upright, "__call__", counted)

    assert tile_numbers(thumbnails(clip, source(), 12.0)) == [0, 20, 40]
    assert len(drawn) == 8 + 1 + 3  # looking for a poster, the poster, the tiles


def test_every_four_seconds_get_a_tile_even_past_the_last_picture(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", rate=Fraction(5), frames=30, options=KEYFRAMES_EVERY_2_S)

    assert tile_numbers(thumbnails(clip, source(), 15.0)) == [0, 20, 20, 20]


def test_more_than_a_hundred_tiles_go_on_to_another_sheet(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", rate=Fraction(1, 4), frames=105, options={"g": "1"})

    made = thumbnails(clip, source(), 420.0)

    assert [own.name for own in made[1:-1]] == ["storyboard-000.jpg", "storyboard-001.jpg"]
    assert [picture(own).size for own in made[1:-1]] == [(1600, 900), (800, 90)]
    assert tile_numbers(made) == list(range(105))


def test_a_black_beginning_is_no_poster(tmp_path: Path) -> None:
    black, good = Image.new("RGB", (160, 90), BLACK), pattern((160, 90))
    clip = draw_clip(tmp_path / "intro.mp4", lambda n: good if n == 40 else black, frames=60, g="10", sc_threshold="0")

    (poster, *_) = map(picture, thumbnails(clip, source(), 12.0)[:1])

    assert ImageStat.Stat(poster.convert("L")).stddev[0] > 50


def test_a_short_clip_that_fades_in_from_its_only_keyframe_gets_a_later_frame(tmp_path: Path) -> None:
    good, black = pattern((160, 90)), Image.new("RGB", (160, 90), BLACK)
    clip = draw_clip(
        tmp_path / "fade.mp4", lambda n: Image.blend(black, good, n / 29), frames=30, g="999", sc_threshold="0"
    )

    (poster, *_) = map(picture, thumbnails(clip, source(), 6.0)[:1])

    assert ImageStat.Stat(poster.convert("L")).mean[0] > 80


def test_a_clip_of_one_colour_still_has_a_poster(tmp_path: Path) -> None:
    clip = draw_clip(tmp_path / "grey.mp4", lambda _: Image.new("RGB", (160, 90), GREY), frames=10)

    assert picture(thumbnails(clip, source(), 2.0)[0]).getpixel((80, 45)) == pytest.approx(GREY, abs=3)


@pytest.mark.parametrize(
    ("rotation", "white_corner"), [(0, "top left"), (90, "top right"), (180, "bottom right"), (270, "bottom left")]
)
def test_pictures_are_turned_upright(rotation: int, white_corner: str) -> None:
    lying = Image.new("RGB", (160, 90), BLACK)
    lying.paste((255, 255, 255), (0, 0, 80, 45))
    size = (90, 160) if rotation in (90, 270) else (160, 90)

    upright = Upright(source(rotation=rotation), Size(*size))(frame_of(lying))

    corners = {
        "top left": (2, 2),
        "top right": (size[0] - 3, 2),
        "bottom left": (2, size[1] - 3),
        "bottom right": (size[0] - 3, size[1] - 3),
    }
    assert upright.size == size
    lit = [
        name for name, corner in corners.items() if upright.convert("L").getpixel(corner) == pytest.approx(255, abs=3)
    ]
    assert lit == [white_corner]


@pytest.mark.parametrize(("size", "matrix"), [((1280, 720), Colorspace.ITU709), ((640, 360), Colorspace.ITU601)])
def test_colours_are_right_where_the_file_does_not_say_its_matrix(size: tuple[int, int], matrix: Colorspace) -> None:
    red = (200, 30, 60)
    frame = frame_of(Image.new("RGB", size, red)).reformat(format="yuv420p", dst_colorspace=matrix)
    frame.colorspace = UNSPECIFIED

    assert Upright(source(), Size(160, 90))(frame).getpixel((80, 45)) == pytest.approx(red, abs=4)


def test_hdr_becomes_sdr() -> None:
    upright = Upright(source(color_transfer="smpte2084"), Size(160, 90))
    brightness = []
    for level in (51, 153, 191):
        pq = frame_of(Image.new("RGB", (160, 90), (level, level, level))).reformat(format="yuv420p10le")
        pq.color_trc, pq.color_primaries, pq.colorspace, pq.color_range = 16, 9, 9, 1
        brightness.append(ImageStat.Stat(upright(pq).convert("L")).mean[0])

    # PQ codes 2, 243 and 983 nits so: next to black, about SDR's white, and a highlight that must not be lost in it.
    assert brightness[0] < 45
    assert 200 < brightness[1] < brightness[2] - 10


@pytest.mark.parametrize("keep", [0.7, 0.95])
def test_a_file_that_breaks_off_has_pictures_up_to_there(tmp_path: Path, keep: float) -> None:
    clip = make_clip(
        tmp_path / "clip.mp4",
        rate=Fraction(5),
        frames=60,
        options=KEYFRAMES_EVERY_2_S,
        container_options={"movflags": "faststart"},
    )
    whole = clip.read_bytes()
    clip.write_bytes(whole[: int(len(whole) * keep)])

    numbers = tile_numbers(thumbnails(clip, source(), 12.0))

    assert len(numbers) == 3
    assert numbers[0] == 0
    assert all(before <= after for before, after in pairwise(numbers))


def test_a_key_picture_that_does_not_decode_costs_its_own_tile_alone(tmp_path: Path) -> None:
    # Of what is damaged in PNG, its decoder says that a library failed.
    clip = make_clip(tmp_path / "clip.mov", codec="png", pixel_format="rgb24", rate=Fraction(5), frames=60)
    with av.open(str(clip)) as container:
        at = [packet.pos or 0 for packet in container.demux(container.streams.video[0]) if packet.size][40]
    data = bytearray(clip.read_bytes())
    data[at + 70 : at + 100] = b"\xa5" * 30
    clip.write_bytes(data)

    numbers = tile_numbers(thumbnails(clip, source(), 12.0))

    assert numbers == [0, 20, 20]


def test_a_file_whose_pictures_are_noise_is_refused(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", rate=Fraction(5), frames=10)
    broken = bytearray(clip.read_bytes())
    begin = broken.index(b"mdat") + 4
    end = broken.index(b"moov") - 4
    broken[begin:end] = b"\xff" * (end - begin)
    clip.write_bytes(broken)

    with pytest.raises(Permanent) as caught:
        thumbnails(clip, source(), 2.0)
    assert caught.value.code in {"no_picture", "damaged_file"}


async def test_pictures_come_one_by_one_out_of_a_child(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", rate=Fraction(5), frames=60, options=KEYFRAMES_EVERY_2_S)
    children = MediaChildren(
        "services.thumbnail.media", memory_bytes=2 << 30, confinement=Confinement(readable=[str(tmp_path)])
    )

    made = [own async for own in children.stream(make_thumbnails, str(clip), source(), 12.0, deadline_s=60)]
    await children.close()

    assert made == thumbnails(clip, source(), 12.0)
    assert corner_of(Size(160, 90), 2) == (320, 0)
