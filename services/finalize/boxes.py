"""The samples of a fragmented MP4 segment: their places, times and lengths. Pure.

Source: ISO/IEC 14496-12 §8.8 (movie fragments).
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

_BASE_OFFSET, _DESCRIPTION, _DURATION, _SIZE, _FLAGS = 0x1, 0x2, 0x8, 0x10, 0x20
_RUN_OFFSET, _RUN_FIRST_FLAGS = 0x1, 0x4
_RUN_FIELDS = (0x100, 0x200, 0x400, 0x800)
_NON_SYNC = 0x10000
_HEADER_BYTES = 8


class Sample(NamedTuple):
    """One picture, or one frame of sound; ``pts`` is when it is shown, in ticks."""

    offset: int
    size: int
    pts: int
    duration: int
    is_sync: bool


class _Box(NamedTuple):
    kind: bytes
    begin: int
    end: int


def samples_of(data: bytes) -> list[Sample]:
    """Return a segment's samples in order of decoding.

    Raises: ValueError: it is not a whole number of whole fragments.
    """
    try:
        boxes = [box for box in _boxes(data, 0, len(data)) if box.kind in (b"moof", b"mdat")]
        if not boxes or [box.kind for box in boxes] != [b"moof", b"mdat"] * (len(boxes) // 2):
            raise ValueError("it does not consist of fragments")
        pairs = zip(boxes[::2], boxes[1::2], strict=True)
        return [sample for moof, mdat in pairs for sample in _fragment(data, moof, mdat)]
    except (struct.error, KeyError) as error:
        raise ValueError("its fragments end in the middle") from error


def _boxes(data: bytes, begin: int, end: int) -> Iterator[_Box]:
    while begin < end:
        size, kind = struct.unpack_from(">I4s", data, begin)
        if not _HEADER_BYTES <= size <= end - begin:
            raise ValueError("its boxes do not fit into each other")
        yield _Box(kind, begin + _HEADER_BYTES, begin + size)
        begin += size


def _fragment(data: bytes, moof: _Box, mdat: _Box) -> Iterator[Sample]:
    inside = {box.kind: box for box in _boxes(data, moof.begin, moof.end)}
    track = {box.kind: box for box in _boxes(data, inside[b"traf"].begin, inside[b"traf"].end)}
    defaults = _defaults(data, track[b"tfhd"].begin)
    version = data[track[b"tfdt"].begin]
    (dts,) = struct.unpack_from(">Q" if version else ">I", data, track[b"tfdt"].begin + 4)
    run = track[b"trun"].begin
    (flags, count), at = struct.unpack_from(">II", data, run), run + 8
    offset = mdat.begin
    if flags & _RUN_OFFSET:
        offset, at = moof.begin - _HEADER_BYTES + struct.unpack_from(">i", data, at)[0], at + 4
    first_flags = defaults[2]
    if flags & _RUN_FIRST_FLAGS:
        (first_flags,), at = struct.unpack_from(">I", data, at), at + 4
    if offset != mdat.begin:
        raise ValueError("its samples do not begin with its data")
    fields = [field for field in _RUN_FIELDS if flags & field]
    for number in range(count):
        own = dict(zip(fields, struct.unpack_from(f">{len(fields)}I", data, at), strict=True))
        at += 4 * len(fields)
        duration, size, sample_flags = (
            own.get(field, default) for field, default in zip(_RUN_FIELDS, defaults, strict=False)
        )
        if number == 0 and flags & _RUN_FIRST_FLAGS:
            sample_flags = first_flags
        shown_later = own.get(_RUN_FIELDS[3], 0)
        if data[run]:
            shown_later -= (shown_later & 1 << 31) << 1
        yield Sample(offset, size, dts + shown_later, duration, not sample_flags & _NON_SYNC)
        offset, dts = offset + size, dts + duration
    if offset != mdat.end:
        raise ValueError("its samples do not fill its data")


def _defaults(data: bytes, header: int) -> tuple[int, int, int]:
    """Return duration, size and flags of samples that state none."""
    (flags,), at = struct.unpack_from(">I", data, header), header + 8
    at += (8 if flags & _BASE_OFFSET else 0) + (4 if flags & _DESCRIPTION else 0)
    found = []
    for field in (_DURATION, _SIZE, _FLAGS):
        found.append(struct.unpack_from(">I", data, at)[0] if flags & field else 0)
        at += 4 if flags & field else 0
    duration, size, sample_flags = found
    return duration, size, sample_flags
