from typing import Any

import pytest

from contracts.v1 import Rational, VideoStream
from services.thumbnail.decide import (
    Size,
    corner_of,
    dull,
    poster_size,
    poster_times_s,
    sheet_size,
    storyboard_cues,
    tile_size,
    tile_times_s,
)


def source(width: int, height: int, **fields: Any) -> VideoStream:
    return VideoStream(
        index=0, codec="h264", width=width, height=height, frame_rate=Rational(25, 1), start_s=0, duration_s=1, **fields
    )


@pytest.mark.parametrize(
    ("video", "poster", "tile"),
    [
        (source(1920, 1080), Size(1280, 720), Size(160, 90)),
        (source(3840, 2160), Size(1280, 720), Size(160, 90)),
        (source(1280, 720), Size(1280, 720), Size(160, 90)),
        (source(640, 480), Size(640, 480), Size(160, 120)),
        (source(1920, 800), Size(1280, 534), Size(160, 66)),
        (source(1920, 1080, rotation=90), Size(1080, 1920), Size(160, 284)),
        (source(1920, 1080, rotation=270), Size(1080, 1920), Size(160, 284)),
        (source(1920, 1080, rotation=180), Size(1280, 720), Size(160, 90)),
        (source(720, 576, sample_aspect=Rational(64, 45)), Size(1024, 576), Size(160, 90)),
        (source(576, 720, sample_aspect=Rational(45, 64), rotation=90), Size(720, 404), Size(160, 90)),
        (source(64, 36), Size(64, 36), Size(160, 90)),
        (source(100, 4000), Size(100, 4000), Size(8, 320)),
        (source(4000, 1), Size(1280, 2), Size(160, 2)),
    ],
)
def test_pictures_have_the_shape_in_which_the_video_is_shown(video: VideoStream, poster: Size, tile: Size) -> None:
    assert (poster_size(video), tile_size(video)) == (poster, tile)


@pytest.mark.parametrize(
    ("duration_s", "times_s"), [(0.0, [0.0]), (0.04, [0.0]), (4.0, [0.0]), (4.01, [0.0, 4.0]), (10.0, [0.0, 4.0, 8.0])]
)
def test_there_is_a_tile_for_every_four_seconds_begun(duration_s: float, times_s: list[float]) -> None:
    assert tile_times_s(duration_s) == times_s


def test_posters_are_looked_for_all_over_the_video_but_not_at_its_ends() -> None:
    assert poster_times_s(80, count=4) == [10, 30, 50, 70]


@pytest.mark.parametrize(
    ("mean", "deviation", "expected"),
    [(5, 50, True), (250, 50, True), (128, 3, True), (128, 40, False), (40, 20, False)],
)
def test_dark_bright_and_flat_pictures_are_dull(mean: float, deviation: float, expected: bool) -> None:
    assert dull(mean, deviation) is expected


@pytest.mark.parametrize(
    ("tiles", "size"),
    [(1, Size(160, 90)), (10, Size(1600, 90)), (11, Size(1600, 180)), (100, Size(1600, 900))],
)
def test_a_sheet_is_only_as_large_as_its_tiles_need(tiles: int, size: Size) -> None:
    assert sheet_size(Size(160, 90), tiles) == size
    x, y = corner_of(Size(160, 90), tiles - 1)
    assert x + 160 <= size.width
    assert y + 90 == size.height


def test_cues_cover_the_video_from_zero_to_its_end() -> None:
    assert storyboard_cues(Size(160, 90), 9.5).splitlines() == [
        "WEBVTT",
        "",
        "00:00:00.000 --> 00:00:04.000",
        "storyboard-000.jpg#xywh=0,0,160,90",
        "",
        "00:00:04.000 --> 00:00:08.000",
        "storyboard-000.jpg#xywh=160,0,160,90",
        "",
        "00:00:08.000 --> 00:00:09.500",
        "storyboard-000.jpg#xywh=320,0,160,90",
    ]


def test_cues_of_long_videos_go_on_on_further_sheets() -> None:
    lines = storyboard_cues(Size(160, 90), 2 * 3600).splitlines()

    assert lines[-2:] == ["01:59:56.000 --> 02:00:00.000", "storyboard-017.jpg#xywh=1440,810,160,90"]
    assert lines[lines.index("00:06:40.000 --> 00:06:44.000") + 1] == "storyboard-001.jpg#xywh=0,0,160,90"
