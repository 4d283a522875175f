"""The frame rate that a stream was made for, from its timestamps and what its container claims. Pure."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from statistics import median

STANDARD_RATES = [
    Fraction(24_000, 1001),
    Fraction(24),
    Fraction(25),
    Fraction(30_000, 1001),
    Fraction(30),
    Fraction(48),
    Fraction(50),
    Fraction(60_000, 1001),
    Fraction(60),
    Fraction(100),
    Fraction(120_000, 1001),
    Fraction(120),
    Fraction(240),
]
_LARGEST_DENOMINATOR = 1001
_NEAR = Fraction(3, 100)
_FASTEST = 1000


def frame_rate_of(times_s: Sequence[Fraction], claimed: Sequence[Fraction]) -> Fraction:
    """Return a standard rate where one fits, or an honest other one; 25 where nothing is known.

    ``times_s`` are the times of successive pictures, in order. A rate fits when no picture strays from its place by
    half a picture; among standard rates that fit, the one strayed from least. Where none fits, as in videos of phones
    and screens, the usual distance of pictures decides: faster pictures are not lost, and gaps are held.
    """
    steps = [later - earlier for earlier, later in pairwise(times_s) if later > earlier]
    if not steps:
        return _nearest_standard(next(iter(claimed), Fraction(25)), Fraction(1, 1000))
    average = len(steps) / sum(steps, Fraction(0))
    for candidates in (STANDARD_RATES, [*claimed, Fraction(round(average)), Fraction(round(2 * average), 2)]):
        fitting = [rate for rate in candidates if abs(rate - average) <= _NEAR * average and _stray(times_s, rate) < 1]
        if fitting:
            return min(fitting, key=lambda rate: _stray(times_s, rate)).limit_denominator(_LARGEST_DENOMINATOR)
    usual = min(1 / Fraction(median(steps)), Fraction(_FASTEST))
    return _nearest_standard(usual, _NEAR)


def _stray(times_s: Sequence[Fraction], rate: Fraction) -> Fraction:
    """Return the width, in pictures, of the band around a steady rate in which all pictures lie."""
    offsets = [time_s * rate - index for index, time_s in enumerate(times_s)]
    return max(offsets) - min(offsets)


def _nearest_standard(rate: Fraction, tolerance: Fraction) -> Fraction:
    nearest = min(STANDARD_RATES, key=lambda standard: abs(standard - rate))
    if abs(nearest - rate) <= tolerance * nearest:
        return nearest
    return rate.limit_denominator(_LARGEST_DENOMINATOR)
