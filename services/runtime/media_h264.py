"""The units of H.264 pictures as MP4 stores them: each behind its length.

Source: ITU-T H.264, table 7-1; ISO/IEC 14496-15 §5.3.3.1 (``lengthSizeMinusOne``).
"""

from collections.abc import Iterator

INSTANTANEOUS_REFRESH = 5
"""The type of a part of a picture after which nothing refers to what came before it."""

_FIRST_PICTURE_UNITS = range(1, 6)
_PARAMETER_SETS = (7, 8)


def first_picture_unit(sample: bytes, configuration: bytes) -> int | None:
    """Return the type of the first unit that holds a part of a picture; ``configuration`` is the ``avcC`` box."""
    return next((kind for kind, _ in _units(sample, configuration) if kind in _FIRST_PICTURE_UNITS), None)


def brings_other_parameters(sample: bytes, configuration: bytes) -> bool:
    """Tell whether a sample has parameter sets that are not those of the ``avcC`` box."""
    return any(kind in _PARAMETER_SETS and unit not in configuration for kind, unit in _units(sample, configuration))


def _units(sample: bytes, configuration: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield type and bytes of each unit; nothing where units do not have their lengths stated."""
    if len(configuration) < 5 or configuration[0] != 1:  # noqa: PLR2004 (the header of an avcC box, version 1)
        return
    length_bytes, at = (configuration[4] & 3) + 1, 0
    while at + length_bytes < len(sample):
        begin = at + length_bytes
        at = begin + int.from_bytes(sample[at:begin], "big")
        yield sample[begin] & 31, sample[begin:at]
