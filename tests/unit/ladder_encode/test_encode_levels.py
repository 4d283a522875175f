"""Levels and codec strings."""

from fractions import Fraction

import pytest

from services.ladder_encode.media.codecs import aac_codecs, av1_codecs, avc_codecs, hevc_codecs
from services.ladder_encode.media.levels import av1_level_of, hevc_level_of, level_of


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


@pytest.mark.parametrize(
    ("width", "height", "rate", "maxrate_bps", "hevc", "av1"),
    [
        (640, 360, Fraction(25), 420_000, "2.1", "2.1"),
        (640, 360, Fraction(60), 420_000, "3.0", "3.0"),
        (1280, 720, Fraction(30), 1_700_000, "3.1", "3.1"),
        (1920, 1080, Fraction(30), 3_300_000, "4.0", "4.0"),
        (1080, 1920, Fraction(60), 3_300_000, "4.1", "4.1"),
        (1920, 1080, Fraction(30), 19_000_000, "5.1", "4.1"),
        (3840, 2160, Fraction(30), 10_000_000, "5.0", "5.0"),
        (3840, 2160, Fraction(60), 12_000_000, "5.1", "5.1"),
        (7680, 4320, Fraction(60), 60_000_000, "6.1", "6.1"),
        # Wider than a square picture of that many samples may be.
        (2880, 40, Fraction(25), 420_000, "4.0", "3.0"),
        (7680, 4320, Fraction(240), 900_000_000, "6.2", "6.2"),
    ],
)
def test_levels_of_newer_codecs_are_the_lowest_that_allow_the_rung(
    width: int, height: int, rate: Fraction, maxrate_bps: int, hevc: str, av1: str
) -> None:
    assert hevc_level_of(width, height, rate, maxrate_bps * 3 // 2) == hevc
    assert av1_level_of(width, height, rate, maxrate_bps) == av1


def test_codec_strings_come_from_the_decoders_configuration() -> None:
    assert avc_codecs(b"\0\0\0\x20avcC\x01\x64\x00\x1f\xff\xe1") == "avc1.64001f"
    assert aac_codecs(bytes.fromhex("1190")) == "mp4a.40.2"


@pytest.mark.parametrize(
    ("record", "codecs"),
    [
        ("01 01 60000000 900000000000 5d f000", "hvc1.1.6.L93.90"),
        ("01 02 20000000 900000000000 99 f000", "hvc1.2.4.L153.90"),
        ("01 22 20000000 b00000000000 99 f000", "hvc1.2.4.H153.B0"),
        ("01 01 60000000 000000000000 78 f000", "hvc1.1.6.L120"),
    ],
)
def test_the_codec_string_of_hevc_leaves_out_trailing_zeros(record: str, codecs: str) -> None:
    assert hevc_codecs(b"....hvcC" + bytes.fromhex(record)) == codecs


@pytest.mark.parametrize(
    ("record", "colours", "codecs"),
    [
        ("81 08 0c 00", "0001 0001 0001 00", "av01.0.08M.08"),
        ("81 0d 4c 00", "0001 0001 0001 00", "av01.0.13M.10"),
        ("81 0d ce 00", "0009 0010 0009 00", "av01.0.13H.10.0.112.09.16.09.0"),
    ],
)
def test_the_codec_string_of_av1_states_colours_that_are_not_the_usual_ones(
    record: str, colours: str, codecs: str
) -> None:
    init = b"....av1C" + bytes.fromhex(record) + b"....colrnclx" + bytes.fromhex(colours)
    assert av1_codecs(init) == codecs
