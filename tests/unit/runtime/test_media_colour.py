"""Which colours a source is delivered in."""

import pytest

from contracts.v1 import DynamicRange, Rational, VideoStream
from services.runtime.media_colour import assumed_matrix, conversion, delivered


def source(width: int = 1920, height: int = 1080, **fields: str) -> VideoStream:
    return VideoStream(
        index=0,
        codec="h264",
        width=width,
        height=height,
        frame_rate=Rational(25, 1),
        start_s=0.0,
        duration_s=1.0,
        **fields,  # type: ignore[arg-type]  # only names of colours
    )


@pytest.mark.parametrize(
    ("video", "expected"),
    [
        (source(), ("bt709", "bt709", "bt709")),
        (source(1280, 544), ("bt709", "bt709", "bt709")),
        (source(720, 1280), ("bt709", "bt709", "bt709")),
        (source(720, 576), ("smpte170m", "smpte170m", "smpte170m")),
        (source(color_space="bt470bg", color_primaries="bt470bg"), ("bt470bg", "smpte170m", "bt470bg")),
        (source(color_space="smpte170m", color_primaries="bt709"), ("bt709", "smpte170m", "smpte170m")),
        (source(color_space="bt2020nc", color_primaries="bt2020", color_transfer="smpte2084"), ("bt709",) * 3),
        (source(640, 360, color_space="smpte240m"), ("bt709",) * 3),
        (source(640, 360, pixel_format="bgr24"), ("bt709",) * 3),
    ],
)
def test_delivered_colours_are_tagged_as_what_they_are(video: VideoStream, expected: tuple[str, str, str]) -> None:
    assert delivered(video) == expected


def test_only_what_players_do_not_show_is_converted() -> None:
    assert conversion(source(color_space="bt709")) == {}
    assert conversion(source(color_space="bt470bg", color_primaries="bt470bg", color_transfer="bt709")) == {}
    assert conversion(source(pixel_format="gbrp")) == {"out_color_matrix": "bt709"}
    assert conversion(source(color_space="ycgco")) == {"out_color_matrix": "bt709"}
    # A table converts these, matrix and all.
    assert conversion(source(color_primaries="smpte432")) == {}
    assert assumed_matrix(source(color_primaries="bt2020", color_space="bt2020nc")) == {}
    assert assumed_matrix(source(color_transfer="smpte2084")) == {"in_color_matrix": "bt2020"}
    assert assumed_matrix(source(color_transfer="bt709")) == {}


@pytest.mark.parametrize(
    ("video", "dynamic_range", "expected"),
    [
        (source(color_transfer="smpte2084", color_primaries="bt2020", color_space="bt2020nc"), "pq", (9, 16, 9)),
        (source(color_transfer="smpte2084", color_primaries="smpte432"), "pq", (12, 16, 9)),
        (source(color_transfer="arib-std-b67"), "hlg", (9, 18, 9)),
    ],
)
def test_high_dynamic_range_keeps_gamut_and_transfer(
    video: VideoStream, dynamic_range: DynamicRange, expected: tuple[int, int, int]
) -> None:
    assert delivered(video, dynamic_range).code_points == expected
