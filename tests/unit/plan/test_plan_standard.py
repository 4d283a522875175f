"""Which originals are delivered as they are, and what is said of the others."""

from typing import Any

import pytest
from msgspec.structs import replace

from contracts.v1 import PictureIndex, Probe, Rational, VideoStream
from services.plan.ladder import Ladder, Step
from services.plan.standard import non_standard_input

LADDER = Ladder("h264", [Step(1080, 5_000_000), Step(720, 2_500_000), Step(360, 600_000)])
PICTURES = PictureIndex(frames=250, groups=[50] * 5, longest_group=50, constant_rate=True, closed_groups=True)
VIDEO = VideoStream(
    index=0,
    codec="h264",
    width=1920,
    height=1080,
    frame_rate=Rational(25, 1),
    start_s=0.0,
    duration_s=10.0,
    pixel_format="yuv420p",
    color_range="tv",
    bitrate_bps=4_000_000,
    pictures=PICTURES,
)


def probe(container: str = "mov,mp4,m4a,3gp,3g2,mj2", **fields: Any) -> Probe:
    return Probe(container=container, duration_s=10.0, size_bytes=1, video=[replace(VIDEO, **fields)])


def indexed(**fields: Any) -> PictureIndex:
    return replace(PICTURES, **fields)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"width": 1280, "height": 720, "bitrate_bps": 3_750_000},
        {"width": 1080, "height": 1920},
        {"profile": "Constrained Baseline"},
        {"profile": "High"},
        {"width": 1920, "height": 1088},
        {"width": 640, "height": 360, "bitrate_bps": 900_000},
        {"frame_rate": Rational(60, 1)},
        {"color_primaries": "bt709", "color_transfer": "bt709", "color_space": "bt709"},
        {"color_primaries": "bt470bg", "color_transfer": "smpte170m", "color_space": "smpte170m"},
        {"pictures": indexed(groups=[100, 100, 50], longest_group=100)},
        {"pictures": indexed(groups=[40, 50, 60, 44, 31, 25], longest_group=60)},
        {"duration_s": 2.0, "pictures": indexed(frames=50, groups=[50], longest_group=50)},
    ],
)
def test_what_players_take_as_it_is_is_standard(fields: dict[str, Any]) -> None:
    assert non_standard_input(probe(**fields), LADDER) == []


@pytest.mark.parametrize(
    ("fields", "reasons"),
    [
        ({"container": "matroska,webm", "pictures": None}, ["container"]),
        ({"container": "mpegts", "pictures": None}, ["container"]),
        ({"codec": "hevc"}, ["video_codec"]),
        ({"profile": "High 4:4:4 Predictive"}, ["video_profile"]),
        ({"codec": "hevc", "pixel_format": "yuv420p10le"}, ["video_codec", "pixel_format"]),
        ({"pixel_format": "yuv422p"}, ["pixel_format"]),
        ({"color_range": "pc", "pixel_format": "yuvj420p"}, ["color"]),
        ({"color_transfer": "smpte2084"}, ["color"]),
        ({"color_primaries": "bt2020"}, ["color"]),
        ({"color_space": "ycgco"}, ["color"]),
        ({"interlaced": True}, ["interlaced"]),
        ({"rotation": 90}, ["rotation"]),
        ({"mirrored": True}, ["mirrored"]),
        ({"rotation": 180, "mirrored": True}, ["rotation", "mirrored"]),
        ({"sample_aspect": Rational(4, 3)}, ["sample_aspect"]),
        ({"width": 1919}, ["picture_size"]),
        ({"width": 3840, "height": 2160}, ["picture_size"]),
        ({"bitrate_bps": 7_500_001}, ["bitrate"]),
        ({"width": 1280, "height": 720}, ["bitrate"]),
        ({"frame_rate": Rational(120, 1)}, ["frame_rate"]),
        ({"pictures": None}, ["no_index"]),
        ({"pictures": indexed(constant_rate=False)}, ["frame_rate"]),
        ({"pictures": indexed(hidden=3, closed_groups=False)}, ["edit_list"]),
        ({"pictures": indexed(closed_groups=False)}, ["open_gop"]),
        ({"pictures": indexed(groups=[101, 100, 49], longest_group=101)}, ["key_frame_interval"]),
        ({"pictures": indexed(groups=[52, 96, 98, 4], longest_group=98)}, ["key_frame_interval"]),
    ],
)
def test_whatever_keeps_an_original_from_being_delivered_as_it_is_is_said(
    fields: dict[str, Any], reasons: list[str]
) -> None:
    assert non_standard_input(probe(**fields), LADDER) == reasons


def test_without_a_rate_of_the_stream_that_of_the_file_counts() -> None:
    stated = replace(probe(bitrate_bps=None), bitrate_bps=9_000_000)
    assert non_standard_input(stated, LADDER) == ["bitrate"]
