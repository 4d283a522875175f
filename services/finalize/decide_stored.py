"""What a listing of the store proves of an asset's objects, and what must be read to be sure. Pure."""

import hashlib
from collections.abc import Mapping

import msgspec

from services.finalize.renditions import Delivered, Finding
from services.runtime.store import StoredObject


class Expected(msgspec.Struct, frozen=True):
    """A segment, or an initialisation segment, that must lie in the store as its fact states it."""

    key: str
    name: str
    part: str
    sha256: str
    size_bytes: int | None = None
    md5: str = ""


def init_of(own: Delivered) -> Expected:
    """Return a rendition's initialisation segment, which every share of it writes."""
    return Expected(own.init_key, f"The initialisation segment of {own.name}", own.parts[0], own.init_sha256)


def segments_of(own: Delivered) -> list[Expected]:
    """Return a rendition's segments in order."""
    return [
        Expected(
            own.key_of(segment),
            f"Segment {segment.number} of {own.name}",
            part,
            segment.sha256,
            segment.size_bytes,
            segment.md5,
        )
        for segment, part in zip(own.segments, own.parts, strict=True)
    ]


def is_proven(expected: Expected, stored: Mapping[str, StoredObject]) -> bool:
    """Tell whether a listing shows that a segment lies there as it was made.

    What it does not prove may still be right: listings lag behind, and stores that encrypt have other etags.
    """
    listed = stored.get(expected.key)
    return listed is not None and (listed.size_bytes, listed.etag) == (expected.size_bytes, expected.md5)


def finding_of(expected: Expected, body: bytes | None) -> Finding | None:
    """Return what is wrong with what was read, None meaning that it is not there; None if nothing is."""
    if body is None:
        return _finding("output_missing", expected, "is not in the store")
    if hashlib.sha256(body).hexdigest() != expected.sha256:
        return _finding("output_damaged", expected, f"lies in the store with other bytes than were made, {len(body)}")
    return None


def _finding(code: str, expected: Expected, what: str) -> Finding:
    message = f"{expected.name} {what}."
    return Finding(code=code, key=expected.key, message=message, remedy="encode", part=expected.part)
