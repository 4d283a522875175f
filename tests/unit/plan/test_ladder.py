from itertools import pairwise
from typing import Any, get_args

import pytest

from contracts.profiles import DEFAULT_PROFILE, Profile
from contracts.v1 import Rational, VideoStream
from contracts.v1.renditions import DEFAULT_PRESET
from services.plan.app import PlanSettings, _ladder
from services.plan.ladder import Ladder, preset_for, rungs_for


@pytest.fixture(scope="module")
def ladder() -> Ladder:
    return _ladder(PlanSettings().ladder_path)


def source(width: int, height: int, **fields: Any) -> VideoStream:
    return VideoStream(
        index=0, codec="h264", width=width, height=height, frame_rate=Rational(25, 1), start_s=0, duration_s=1, **fields
    )


@pytest.mark.parametrize(
    ("video", "sizes"),
    [
        (source(1920, 1080), ["1920x1080", "1280x720", "852x480", "640x360"]),
        (source(3840, 2160), ["3840x2160", "2560x1440", "1920x1080", "1280x720", "852x480", "640x360"]),
        (source(7680, 4320), ["3840x2160", "2560x1440", "1920x1080", "1280x720", "852x480", "640x360"]),
        (source(1080, 1920), ["1080x1920", "720x1280", "480x852", "360x640"]),
        (source(1920, 1080, rotation=90), ["1080x1920", "720x1280", "480x852", "360x640"]),
        (source(720, 576, sample_aspect=Rational(64, 45)), ["1024x576", "852x480", "640x360"]),
        (source(768, 432), ["768x432", "640x360"]),
        (source(1920, 800), ["1920x800", "1728x720", "1152x480", "864x360"]),
        (source(640, 380), ["606x360"]),
        (source(320, 180), ["320x180"]),
        (source(161, 91), ["160x90"]),
        (source(1, 1), ["2x2"]),
    ],
)
def test_the_shorter_side_decides_which_rungs_a_source_gets(
    ladder: Ladder, video: VideoStream, sizes: list[str]
) -> None:
    assert [f"{rung.width}x{rung.height}" for rung in rungs_for(ladder, video)] == sizes


def test_bitrates_are_the_ladders_and_a_rung_of_the_sources_own_size_gets_its_share(ladder: Ladder) -> None:
    assert [rung.bitrate_bps for rung in rungs_for(ladder, source(1920, 1080))] == [
        5_000_000,
        2_500_000,
        1_000_000,
        600_000,
    ]
    own, below = rungs_for(ladder, source(768, 432))
    assert own.bitrate_bps == 810_000
    assert own.bitrate_bps > below.bitrate_bps


def test_headraces_own_ladder_has_a_preset_for_each_profile_that_can_be_chosen(ladder: Ladder) -> None:
    assert list(ladder.presets) == list(get_args(Profile))
    assert preset_for(ladder, DEFAULT_PROFILE) == DEFAULT_PRESET


@pytest.mark.parametrize("size", [(640, 362), (853, 480), (1366, 768), (4096, 2160), (500, 8000)])
def test_rungs_fall_in_size_and_never_exceed_the_source(ladder: Ladder, size: tuple[int, int]) -> None:
    rungs = rungs_for(ladder, source(*size))
    assert all(rung.width <= size[0] and rung.height <= size[1] for rung in rungs)
    assert all(rung.width % 2 == 0 and rung.height % 2 == 0 for rung in rungs)
    assert all(better.width > worse.width for better, worse in pairwise(rungs))
