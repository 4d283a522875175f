"""HLS playlists taken apart, strictly. Pure. Source: RFC 8216 §4."""

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

_ATTRIBUTE = re.compile(r'([A-Z0-9-]+)=("[^"\r\n]*"|[^",\s]+)(?:,|$)')
_BYTERANGE = re.compile(r"(\d+)@(\d+)")
_DECIMAL = re.compile(r"\d+(\.\d+)?")


class Entry(NamedTuple):
    """A URI of a media playlist with its duration and, where only a part is meant, the range's length and offset."""

    duration_s: Fraction
    uri: str
    part: tuple[int, int] | None


class Line(NamedTuple):
    """A tag with its value, or with an empty name a URI."""

    tag: str
    value: str


def lines_of(text: str) -> list[Line]:
    """Return the lines of a playlist after its first one.

    Raises: ValueError: it is no playlist (§4.1, §4.3.1.1).
    """
    first, *lines = text.split("\n")
    if first != "#EXTM3U" or not lines or lines.pop() != "" or any(not line or line != line.strip() for line in lines):
        raise ValueError("is no playlist, or not whole (§4.3.1.1)")
    return [Line(*line[1:].partition(":")[::2]) if line.startswith("#") else Line("", line) for line in lines]


def attributes_of(text: str) -> dict[str, str]:
    """Return an attribute list, strings without their quotes.

    Raises: ValueError: it is none, or names an attribute twice (§4.2).
    """
    pairs = _ATTRIBUTE.findall(text)
    if ",".join(f"{name}={value}" for name, value in pairs) != text or len(dict(pairs)) != len(pairs):
        raise ValueError(f"has no attribute list in {text!r} (§4.2)")
    return {name: value.strip('"') for name, value in pairs}


def entries_of(lines: list[Line]) -> Iterator[Entry]:
    """Yield the entries of a media playlist.

    Raises: ValueError: a URI has no duration, or a duration no URI (§4.3.2.1).
    """
    duration_s, part = None, None
    for tag, value in lines:
        if tag == "EXTINF" and duration_s is None:
            duration_s = Fraction(_matched(_DECIMAL, value.removesuffix(","))[0])
        elif tag == "EXT-X-BYTERANGE" and duration_s is not None and part is None:
            found = _matched(_BYTERANGE, value)
            part = int(found[1]), int(found[2])
        elif not tag and duration_s is not None:
            yield Entry(duration_s, value, part)
            duration_s, part = None, None
        elif not tag or tag in ("EXTINF", "EXT-X-BYTERANGE"):
            raise ValueError("has URIs and durations that do not pair (§4.3.2.1)")
    if duration_s is not None:
        raise ValueError("ends before the URI of its last duration (§4.3.2.1)")


def only(lines: list[Line], tag: str) -> str:
    """Return the value of a tag that must stand there once.

    Raises: ValueError: it stands there more often, or not at all.
    """
    values = [line.value for line in lines if line.tag == tag]
    if len(values) != 1:
        raise ValueError(f"has {len(values)} tags {tag} instead of one")
    return values[0]


def _matched(pattern: re.Pattern[str], text: str) -> re.Match[str]:
    match = pattern.fullmatch(text)
    if match is None:
        raise ValueError(f"has a value that cannot be read: {text!r}")
    return match
