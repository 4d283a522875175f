"""How a picture must be turned and flipped to be shown, from its display matrix. Pure.

Source: ISO/IEC 14496-12 §6.2.2 (transformation matrices): a point (p, q), q downwards, is shown at
(a·p + c·q, b·p + d·q).
"""

import struct
from math import atan2, degrees
from typing import NamedTuple

_MATRIX = struct.Struct("=9i")


class Turned(NamedTuple):
    """Degrees clockwise, 0, 90, 180 or 270, after flipping left to right where it is ``mirrored``."""

    rotation: int
    mirrored: bool


def turned_by(matrix: bytes) -> Turned:
    """Return what a display matrix asks for, to the nearest quarter; rows are a b u, c d v, x y w."""
    a, b, _, c, d, *_ = _MATRIX.unpack(matrix)
    # Flipping first only changes the signs of a and b, so c and d tell the angle either way.
    return Turned(round(degrees(atan2(-c, d)) / 90) * 90 % 360, a * d < b * c)
