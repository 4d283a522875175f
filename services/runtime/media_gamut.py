"""From the primaries of one gamut to those of BT.709, in linear light. Pure.

Source: ITU-R BT.709-6, BT.2020-2 and SMPTE RP 431-2 (primaries). White is D65 in each: where it is not, as in digital
cinema, what was white stays so.
"""

Rgb = tuple[float, float, float]

_D65 = (0.3127, 0.3290)
_P3 = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))

PRIMARIES: dict[str, tuple[tuple[float, float], ...]] = {
    "bt709": ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06)),
    "bt2020": ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
    "smpte431": _P3,
    "smpte432": _P3,
}
"""Where red, green and blue lie in CIE 1931, by FFmpeg's names."""


def to_bt709(primaries: str) -> list[Rgb]:
    """Return the rows of the matrix that takes linear light to BT.709; unknown primaries are those of BT.2020."""
    columns = list(zip(*_to_xyz(PRIMARIES.get(primaries, PRIMARIES["bt2020"])), strict=True))
    return [_times([(a, b, c) for a, b, c in columns], row) for row in _inverse(_to_xyz(PRIMARIES["bt709"]))]


def _to_xyz(primaries: tuple[tuple[float, float], ...]) -> list[Rgb]:
    raw = [(r, g, b) for r, g, b in zip(*(_xyz(*place) for place in primaries), strict=True)]
    red, green, blue = _times(_inverse(raw), _xyz(*_D65))
    return [(r * red, g * green, b * blue) for r, g, b in raw]


def _xyz(x: float, y: float) -> Rgb:
    return x / y, 1.0, (1 - x - y) / y


def _times(rows: list[Rgb], column: Rgb) -> Rgb:
    first, second, third = (sum(a * b for a, b in zip(row, column, strict=True)) for row in rows)
    return first, second, third


def _inverse(rows: list[Rgb]) -> list[Rgb]:
    a, b, c = rows
    across = [_cross(b, c), _cross(c, a), _cross(a, b)]
    determinant = sum(x * y for x, y in zip(a, across[0], strict=True))
    return [(x / determinant, y / determinant, z / determinant) for x, y, z in zip(*across, strict=True)]


def _cross(left: Rgb, right: Rgb) -> Rgb:
    return (
        left[1] * right[2] - left[2] * right[1],
        left[2] * right[0] - left[0] * right[2],
        left[0] * right[1] - left[1] * right[0],
    )
