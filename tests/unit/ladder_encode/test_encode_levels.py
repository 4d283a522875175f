"""Levels and codec strings."""

from fractions import Fraction

import pytest

from services.ladder_encode.media.codecs import aac_codecs, avc_codecs
from services.ladder_encode.media.levels import level_of


@pytest.mark.parametrize(
    ("width", "height", "rate", "maxrate_bps", "level"),
    [
        (640, 360, Fraction(30), 600_000, "3.0"),
        (854, 480, Fraction(30), 1_000_000, "3.1"),
        (1280, 720, Fraction(30), 2_500_000, "3.1"),
        (1280, 720, Fraction(60), 2_500_000, "3.2"),
        (1920, 1080, Fraction(30), 5_000_000, "4.0"),
        (1080, 1920, Fraction(30), 5_000_000, "4.0"),
        (1920, 1080, Fraction(30), 30_000_000, "4.1"),
        (1920, 1080, Fraction(60), 5_000_000, "4.2"),
        (3840, 2160, Fraction(30), 15_000_000, "5.1"),
        (3840, 2160, Fraction(60), 15_000_000, "5.2"),
        (7680, 4320, Fraction(120), 90_000_000, "6.2"),
        (4112, 64, Fraction(10), 600_000, "4.2"),
    ],
)
def test_the_level_is_the_lowest_that_allows_the_rung(
    width: int, height: int, rate: Fraction, maxrate_bps: int, level: str
) -> None:
    assert level_of(width, height, rate, maxrate_bps, maxrate_bps * 3 // 2) == level


def test_a_large_buffer_raises_the_level() -> None:
    assert level_of(640, 360, Fraction(30), 600_000, 15_000_000) == "3.1"


def test_codec_strings_come_from_the_decoders_configuration() -> None:
    assert avc_codecs(b"\0\0\0\x20avcC\x01\x64\x00\x1f\xff\xe1") == "avc1.64001f"
    assert aac_codecs(bytes.fromhex("1190")) == "mp4a.40.2"
