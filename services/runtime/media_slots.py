"""The frame grid: which picture stands in which slot of the timeline. Pure.

A slot shows the last picture whose time, rounded to the grid, is not after it. So gaps are filled by holding a picture,
and of several pictures in one slot the last one wins.
"""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from math import floor
from typing import TypeVar

from contracts.v1 import Grid, Rung

T = TypeVar("T")

_FINE_ENOUGH = 1000


def slot_at(time_s: Fraction, frame_rate: Fraction, pictures_per_slot: int = 1) -> int:
    """Return the slot nearest to a time after the start of the timeline.

    Of a source that is ``pictures_per_slot`` times as fast, slot ``n`` shows picture ``n * pictures_per_slot``, however
    roughly its container counts.
    """
    picture = floor(time_s * frame_rate * pictures_per_slot + Fraction(1, 2))
    return -(-picture // pictures_per_slot)


def ticks_of(frame_rate: Fraction) -> tuple[int, int]:
    """Return ticks per second and ticks per slot, both whole, so that times add up exactly."""
    factor = 1 if frame_rate.numerator >= _FINE_ENOUGH else _FINE_ENOUGH
    return frame_rate.numerator * factor, frame_rate.denominator * factor


def pace_of(rung: Rung, grid: Grid) -> tuple[Fraction, int]:
    """Return a rung's own frame rate and the length of its groups of pictures in its own frames."""
    return grid.frame_rate.fraction / rung.frame_step, grid.gop_frames // rung.frame_step


def fill_slots(pictures: Iterable[tuple[int, T]], first: int, end: int) -> Iterator[tuple[T, range]]:
    """Yield each picture with the slots in ``first`` … ``end`` − 1 that it fills; together they fill each one once.

    ``pictures`` are (slot, picture) in order of display, and are not read further than needed. Without a picture at or
    before ``first`` the first one stands in; after the last one it stays. No pictures give nothing.
    """
    held: list[T] = []
    begin = first
    for slot, picture in pictures:
        if held and slot > begin:
            yield held[0], range(begin, min(slot, end))
            begin = slot
            if begin >= end:
                return
        held = [picture]
        if slot >= end:
            break
    if held:
        yield held[0], range(begin, end)
