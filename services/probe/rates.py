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
_SAME = Fraction(1, 100)
_FASTEST = 1000


def frame_rate_of(times_s: Sequence[Fraction], claimed: Sequence[Fraction]) -> Fraction:
    """Return a standard rate where one is near, or an honest other one; 25 where nothing is known.

    ``times_s`` are the times of successive pictures, in order; ``claimed`` is what the container says. The usual
    distance of pictures decides, so gaps in videos of phones and screens slow nothing down. Among standard rates near
    it, the one that all pictures stray from least wins: 24 and 23.976 differ by a picture in 42 s.
    """
    steps = [later - earlier for earlier, later in pairwise(times_s) if later > earlier]
    if not steps:
        return _snapped(next(iter(claimed), Fraction(25)), STANDARD_RATES, _SAME)
    middle = median(steps)
    regular = [step for step in steps if 2 * abs(step - middle) < middle]
    usual = min(len(regular) / sum(regular, Fraction(0)), Fraction(_FASTEST))
    near = [rate for rate in STANDARD_RATES if abs(rate - usual) <= _NEAR * usual]
    steady = [rate for rate in near if _stray(times_s, rate) < 1]
    if steady:
        return min(steady, key=lambda rate: _stray(times_s, rate))
    return _snapped(usual, near or [*claimed, Fraction(round(usual)), Fraction(round(2 * usual), 2)], _NEAR)


def _stray(times_s: Sequence[Fraction], rate: Fraction) -> Fraction:
    """Return the width, in pictures, of the band around a steady rate in which all pictures lie."""
    offsets = [time_s * rate - index for index, time_s in enumerate(times_s)]
    return max(offsets) - min(offsets)


def _snapped(rate: Fraction, candidates: Sequence[Fraction], tolerance: Fraction) -> Fraction:
    """Return the candidate nearest to a rate, or the rate itself where none is near."""
    nearest = min(candidates, key=lambda candidate: abs(candidate - rate))
    return (nearest if abs(nearest - rate) <= tolerance * rate else rate).limit_denominator(_LARGEST_DENOMINATOR)
