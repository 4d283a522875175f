"""Where the pictures that decode alone lie within a segment, for playlists that show only these. Pure.

Source: RFC 8216 §4.3.3.6 (EXT-X-I-FRAMES-ONLY), ISO/IEC 14496-12 §8.8.8 (track fragment runs).
"""

from collections.abc import Sequence
from itertools import pairwise

from av.packet import Packet
from av.video.stream import VideoStream

from contracts.v1 import IFrame

_HEADER_BYTES = 8
_HAS_DATA_OFFSET, _HAS_FIRST_FLAGS, _HAS_DURATIONS, _HAS_SIZES = 0x1, 0x4, 0x100, 0x200


def group_durations_ticks(packets: "Sequence[Packet[VideoStream]]") -> list[int]:
    """Return how long each group of pictures lasts that packets in decoding order consist of."""
    starts = [number for number, packet in enumerate(packets) if packet.is_keyframe]
    return [
        sum(packet.duration or 0 for packet in packets[start:end]) for start, end in pairwise([*starts, len(packets)])
    ]


def iframes_of(segment: bytes, durations_ticks: Sequence[int]) -> list[IFrame]:
    """Return the first picture of each fragment, from its ``moof`` on; ``durations_ticks`` are the fragments' own."""
    found, at = [], 0
    for duration_ticks in durations_ticks:
        moof_bytes = _number(segment, at)
        mdat_bytes = _number(segment, at + moof_bytes)
        picture_bytes = _first_sample_bytes(segment, segment.index(b"trun", at) + 4, mdat_bytes - _HEADER_BYTES)
        found.append(
            IFrame(
                offset_bytes=at,
                size_bytes=moof_bytes + _HEADER_BYTES + picture_bytes,
                duration_ticks=duration_ticks,
            )
        )
        at += moof_bytes + mdat_bytes
    return found


def _number(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "big")


def _first_sample_bytes(data: bytes, at: int, all_bytes: int) -> int:
    flags, count = _number(data, at), _number(data, at + 4)
    if not flags & _HAS_SIZES:
        # Where sizes are left out, all are the same.
        return all_bytes // count
    before = sum(4 for field in (_HAS_DATA_OFFSET, _HAS_FIRST_FLAGS, _HAS_DURATIONS) if flags & field)
    return _number(data, at + 8 + before)
