"""Figures and facts in words."""

from fractions import Fraction

import pytest
from msgspec.structs import replace

from contracts.v1 import AnyFact, CopiedRung
from services.cli import words
from tests import stories


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (10_438_469, "10.4 MB"),
        (5 * 10**9, "5.0 GB"),
        (10**15, "1000.0 TB"),
    ],
)
def test_sizes_have_their_unit(size_bytes: int, text: str) -> None:
    assert words.in_bytes(size_bytes) == text


@pytest.mark.parametrize(
    ("duration_s", "text"), [(0, "0.0 s"), (9.84, "9.8 s"), (60, "1:00.0"), (754.2, "12:34.2"), (3723.5, "1:02:03.5")]
)
def test_durations_are_read_as_on_a_clock(duration_s: float, text: str) -> None:
    assert words.in_time(duration_s) == text


@pytest.mark.parametrize(
    ("duration_s", "text"),
    [
        (0, "0.0 s"),
        (9.84, "9.8 s"),
        (60, "1 min 0 s"),
        (954.9, "15 min 54 s"),
        (7380, "2 h 3 min"),
        (200_000, "2 d 7 h"),
    ],
)
def test_waits_are_read_as_people_say_them(duration_s: float, text: str) -> None:
    assert words.in_wait(duration_s) == text


@pytest.mark.parametrize(
    ("rate", "text"), [(Fraction(25), "25 fps"), (Fraction(24_000, 1001), "23.976 fps"), (Fraction(30), "30 fps")]
)
def test_frame_rates_have_no_more_digits_than_they_need(rate: Fraction, text: str) -> None:
    assert words.in_fps(rate) == text


@pytest.mark.parametrize(("bitrate_bps", "text"), [(130_400, "130 kb/s"), (2_590_000, "2.59 Mb/s")])
def test_bitrates_have_their_unit(bitrate_bps: int, text: str) -> None:
    assert words.in_bitrate(bitrate_bps) == text


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        (stories.ingested("a"), "clip.mp4, 1.0 MB"),
        (stories.probed("a"), "h264 1280x720 25 fps, aac 2 ch, 12.0 s"),
        (stories.planned("a"), "720p, 360p in 5 parts"),
        (stories.encoded("a", "video-00001"), "video-00001, 0 B"),
        (stories.pictured("a"), "poster 1280x720, 3 tiles"),
        (stories.packaged("a"), "1 renditions, 12.0 s"),
        (stories.failed("a"), "not_media: Upload a video."),
    ],
    ids=lambda value: getattr(value, "message_id", None),
)
def test_each_kind_of_fact_says_what_matters(fact: AnyFact, text: str) -> None:
    assert words.said(fact) == text


def test_a_plan_says_which_rung_is_copied() -> None:
    plan = stories.planned("a")
    copied = replace(plan, copied=CopiedRung(name="720p", segments=[100, 200], chunks=plan.chunks))
    assert words.said(copied) == "720p (copied), 360p in 6 parts"
