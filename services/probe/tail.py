"""The end of a long file whose index is missing or not to be relied on: what it begins with, then its last part. Pure.

Demuxers read such an excerpt like the file itself, with the times that stand in its last part.
Source: RFC 9559 (Matroska) §5.1.3; Adobe Flash Video File Format Specification 10.1, annex E.
"""

import re

_CLUSTER = re.compile(rb"\x1f\x43\xb6\x75[\x01-\xff]")
# What a cluster begins with: its time, or a checksum before that.
_CLUSTER_BEGINS = (b"\xe7", b"\xbf")
_FLV = b"FLV"
_FLV_TAG = re.compile(rb"[\x08\x09\x12].{7}\x00{3}", re.DOTALL)
_FLV_TAG_HEADER_BYTES = 11
_FLV_SIZE_BYTES = 4
_FLV_ENOUGH_BYTES = 1 << 16


def excerpt(beginning: bytes, end: bytes) -> bytes | None:
    """Return a short file with the streams of a long one and its last packets; None where that cannot be made of it."""
    is_flv = beginning.startswith(_FLV)
    head_bytes = _flv_head_bytes(beginning) if is_flv else _cluster_at(beginning)
    tail_at = _flv_tag_at(end) if is_flv else _cluster_at(end)
    return None if head_bytes is None or tail_at is None else beginning[:head_bytes] + end[tail_at:]


def _cluster_at(data: bytes) -> int | None:
    """Return where the first cluster begins."""
    for found in _CLUSTER.finditer(data):
        size_bytes = 9 - data[found.end() - 1].bit_length()
        content = found.start() + 4 + size_bytes
        if data[content : content + 1] in _CLUSTER_BEGINS:
            return found.start()
    return None


def _flv_head_bytes(data: bytes) -> int:
    """Return where a tag ends after those that set up the streams."""
    at = int.from_bytes(data[5:9], "big") + _FLV_SIZE_BYTES
    while at < _FLV_ENOUGH_BYTES and (after := _flv_tag_end(data, at)) is not None:
        at = after
    return at


def _flv_tag_at(data: bytes) -> int | None:
    """Return where the first whole tag begins that another one follows."""
    tags = (found.start() for found in _FLV_TAG.finditer(data))
    ends = ((at, _flv_tag_end(data, at)) for at in tags)
    return next((at for at, end in ends if end is not None and _FLV_TAG.match(data, end)), None)


def _flv_tag_end(data: bytes, at: int) -> int | None:
    """Return where a tag ends that states its size before and after; None if it does not."""
    size_bytes = _FLV_TAG_HEADER_BYTES + int.from_bytes(data[at + 1 : at + 4], "big")
    stated = data[at + size_bytes : at + size_bytes + _FLV_SIZE_BYTES]
    return None if int.from_bytes(stated, "big") != size_bytes else at + size_bytes + _FLV_SIZE_BYTES
