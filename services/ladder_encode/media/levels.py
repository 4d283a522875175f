"""The H.264 level of a rung, from its size, rate and bitrate, so that every chunk's parameter sets are the same. Pure.

Source: ITU-T H.264, table A-1; High profile allows 1.25 times the bitrates.
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
