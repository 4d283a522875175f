"""The level of a rung, from its size, rate and bitrate, so that every chunk's parameter sets are the same. Pure.

Source: ITU-T H.264, table A-1, where High profile allows 1.25 times the bitrates; ITU-T H.265, tables A.8 and A.9, main
tier; AV1 Bitstream & Decoding Process Specification, annex A.3, main tier.
"""

from fractions import Fraction
from math import ceil

_HIGH_PROFILE_BITS = 1250
# (level, macroblocks per second, macroblocks per picture, kbit/s, kbit of buffer)
_LEVELS = [
    ("1.1", 3_000, 396, 192, 500),
    ("1.2", 6_000, 396, 384, 1_000),
    ("1.3", 11_880, 396, 768, 2_000),
    ("2.1", 19_800, 792, 4_000, 4_000),
    ("3.0", 40_500, 1_620, 10_000, 10_000),
    ("3.1", 108_000, 3_600, 14_000, 14_000),
    ("3.2", 216_000, 5_120, 20_000, 20_000),
    ("4.0", 245_760, 8_192, 20_000, 25_000),
    ("4.1", 245_760, 8_192, 50_000, 62_500),
    ("4.2", 522_240, 8_704, 50_000, 62_500),
    ("5.0", 589_824, 22_080, 135_000, 135_000),
    ("5.1", 983_040, 36_864, 240_000, 240_000),
    ("5.2", 2_073_600, 36_864, 240_000, 240_000),
    ("6.0", 4_177_920, 139_264, 240_000, 240_000),
    ("6.1", 8_355_840, 139_264, 480_000, 480_000),
    ("6.2", 16_711_680, 139_264, 800_000, 800_000),
]


def level_of(width: int, height: int, frame_rate: Fraction, maxrate_bps: int, buffer_bits: int) -> str:
    """Return the lowest level that allows pictures of this size at this rate, or the highest there is."""
    columns, rows = ceil(width / 16), ceil(height / 16)
    blocks = columns * rows
    for level, rate_limit, size_limit, kbps, buffer_kbit in _LEVELS:
        if (
            blocks <= size_limit
            and max(columns, rows) ** 2 <= 8 * size_limit
            and blocks * frame_rate <= rate_limit
            and maxrate_bps <= kbps * _HIGH_PROFILE_BITS
            and buffer_bits <= buffer_kbit * _HIGH_PROFILE_BITS
        ):
            return level
    return _LEVELS[-1][0]


# (level, samples per picture, samples per second, kbit/s and kbit of buffer)
_HEVC_LEVELS = [
    ("2.0", 122_880, 3_686_400, 1_500),
    ("2.1", 245_760, 7_372_800, 3_000),
    ("3.0", 552_960, 16_588_800, 6_000),
    ("3.1", 983_040, 33_177_600, 10_000),
    ("4.0", 2_228_224, 66_846_720, 12_000),
    ("4.1", 2_228_224, 133_693_440, 20_000),
    ("5.0", 8_912_896, 267_386_880, 25_000),
    ("5.1", 8_912_896, 534_773_760, 40_000),
    ("5.2", 8_912_896, 1_069_547_520, 60_000),
    ("6.0", 35_651_584, 1_069_547_520, 60_000),
    ("6.1", 35_651_584, 2_139_095_040, 120_000),
    ("6.2", 35_651_584, 4_278_190_080, 240_000),
]


def hevc_level_of(width: int, height: int, frame_rate: Fraction, buffer_bits: int) -> str:
    """Return the lowest level of HEVC that allows such pictures and a buffer of this size filled in a second."""
    samples = width * height
    for level, size_limit, rate_limit, kbit in _HEVC_LEVELS:
        if (
            samples <= size_limit
            and max(width, height) ** 2 <= 8 * size_limit
            and samples * frame_rate <= rate_limit
            and buffer_bits <= kbit * 1000
        ):
            return level
    return _HEVC_LEVELS[-1][0]


# (level, samples per picture, width, height, samples shown per second, kbit/s)
_AV1_LEVELS = [
    ("2.0", 147_456, 2_048, 1_152, 4_423_680, 1_500),
    ("2.1", 278_784, 2_816, 1_584, 8_363_520, 3_000),
    ("3.0", 665_856, 4_352, 2_448, 19_975_680, 6_000),
    ("3.1", 1_065_024, 5_504, 3_096, 31_950_720, 10_000),
    ("4.0", 2_359_296, 6_144, 3_456, 70_778_880, 12_000),
    ("4.1", 2_359_296, 6_144, 3_456, 141_557_760, 20_000),
    ("5.0", 8_912_896, 8_192, 4_352, 267_386_880, 30_000),
    ("5.1", 8_912_896, 8_192, 4_352, 534_773_760, 40_000),
    ("5.2", 8_912_896, 8_192, 4_352, 1_069_547_520, 60_000),
    ("6.0", 35_651_584, 16_384, 8_704, 1_069_547_520, 60_000),
    ("6.1", 35_651_584, 16_384, 8_704, 2_139_095_040, 100_000),
    ("6.2", 35_651_584, 16_384, 8_704, 4_278_190_080, 160_000),
]


def av1_level_of(width: int, height: int, frame_rate: Fraction, maxrate_bps: int) -> str:
    """Return the lowest level of AV1 that allows pictures of this size at this rate, or the highest there is."""
    samples = width * height
    for level, size_limit, width_limit, height_limit, rate_limit, kbps in _AV1_LEVELS:
        if (
            samples <= size_limit
            and width <= width_limit
            and height <= height_limit
            and samples * frame_rate <= rate_limit
            and maxrate_bps <= kbps * 1000
        ):
            return level
    return _AV1_LEVELS[-1][0]
