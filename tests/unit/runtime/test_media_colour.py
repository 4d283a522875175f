"""Which colours a source is delivered in."""

import pytest

from contracts.v1 import Rational, VideoStream
from services.runtime.media_colour import conversion, delivered


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
    assert conversion(source(color_primaries="smpte432"))["out_primaries"] == "bt709"
    assert "in_primaries" not in conversion(source(color_primaries="bt2020", color_transfer="arib-std-b67"))
    assert conversion(source(color_transfer="smpte2084"))["in_primaries"] == "bt2020"
