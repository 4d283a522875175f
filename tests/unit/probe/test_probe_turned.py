"""Display matrices: which turn and flip they ask for."""

import struct

import pytest

from services.probe.turned import Turned, turned_by

ONE = 1 << 16


@pytest.mark.parametrize(
    ("a", "b", "c", "d", "turned"),
    [
        (1, 0, 0, 1, Turned(0, mirrored=False)),
        (0, 1, -1, 0, Turned(90, mirrored=False)),
        (-1, 0, 0, -1, Turned(180, mirrored=False)),
        (0, -1, 1, 0, Turned(270, mirrored=False)),
        # Left and right, top and bottom, both diagonals change places.
        (-1, 0, 0, 1, Turned(0, mirrored=True)),
        (1, 0, 0, -1, Turned(180, mirrored=True)),
        (0, 1, 1, 0, Turned(270, mirrored=True)),
        (0, -1, -1, 0, Turned(90, mirrored=True)),
        # Scaled, and a little beside a quarter.
        (0, 2, -2, 0, Turned(90, mirrored=False)),
        (0.98, 0.17, -0.17, 0.98, Turned(0, mirrored=False)),
        (0, 0, 0, 0, Turned(0, mirrored=False)),
    ],
)
def test_a_matrix_is_a_flip_and_a_turn(a: float, b: float, c: float, d: float, turned: Turned) -> None:
    matrix = struct.pack("=9i", *(int(n * ONE) for n in (a, b, 0, c, d, 0, 0, 0)), 1 << 30)
    assert turned_by(matrix) == turned
