"""HLS as players read it: tags, attributes and URIs of a playlist, and what of a written asset breaks a promise.

Nothing here knows how playlists are made. Paragraphs are those of RFC 8216.
"""

import io
import posixpath
import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from fractions import Fraction
from math import floor

import av
import msgspec

KNOWN_TAGS = {
    "EXTM3U", "EXT-X-VERSION", "EXT-X-INDEPENDENT-SEGMENTS", "EXT-X-MEDIA", "EXT-X-STREAM-INF",
    "EXT-X-I-FRAME-STREAM-INF", "EXT-X-TARGETDURATION", "EXT-X-MEDIA-SEQUENCE", "EXT-X-PLAYLIST-TYPE",
    "EXT-X-I-FRAMES-ONLY", "EXT-X-MAP", "EXTINF", "EXT-X-BYTERANGE", "EXT-X-ENDLIST",
}  # fmt: skip
# The version that a tag needs (§7).
VERSIONS = {"EXTINF": 3, "EXT-X-BYTERANGE": 4, "EXT-X-I-FRAMES-ONLY": 4, "EXT-X-MAP": 6}
# Bandwidths are stated within a tenth of what is measured (HLS Authoring Specification for Apple Devices).
MOST_OVERSTATED = Fraction(11, 10)


def tags(playlist: str, name: str) -> list[str]:
    """Return the values of a playlist's tags of one name."""
    return [line.split(":", 1)[1] for line in playlist.splitlines() if line.startswith(f"#{name}:")]


def uris(playlist: str) -> list[str]:
    """Return the lines of a playlist that are URIs."""
    return [line for line in playlist.splitlines() if line and not line.startswith("#")]


def attributes(text: str) -> dict[str, str]:
    """Return an attribute list as a dict, strings without their quotes (§4.2)."""
    pairs = re.findall(r'([A-Z0-9-]+)=("[^"]*"|[^",]*)(?:,|$)', text)
    assert ",".join(f"{name}={value}" for name, value in pairs) == text
    return {name: value.strip('"') for name, value in pairs}


class Part(msgspec.Struct):
    """One entry of a media playlist: how long it lasts, and the bytes that a player asks for."""

    duration_s: Fraction
    data: bytes


class Rendition(msgspec.Struct):
    """A media playlist with everything that it leads to."""

    key: str
    iframes_only: bool
    target_s: int
    init: bytes
    parts: list[Part]

    @property
    def peak_bps(self) -> Fraction:
        """Return the largest bit rate of any run of parts that lasts 0.5 to 1.5 target durations (§4.1)."""
        runs = [self.parts[a:b] for b in range(len(self.parts) + 1) for a in range(b)]
        fitting = [run for run in runs if self.target_s <= 2 * _duration_s(run) <= 3 * self.target_s]
        return max(map(_bitrate_bps, fitting), default=self.average_bps)

    @property
    def average_bps(self) -> Fraction:
        """Return the bit rate of the whole."""
        return _bitrate_bps(self.parts)


def broken_promises(objects: Mapping[str, bytes], index_key: str) -> list[str]:
    """Return a sentence for each promise that a finished asset breaks; ``objects`` are all of its bytes by key."""
    return list(_index(objects, index_key))


def _index(objects: Mapping[str, bytes], key: str) -> Iterator[str]:
    text = objects[key].decode()
    yield from _syntax(key, text)
    if "#EXT-X-INDEPENDENT-SEGMENTS" not in text.splitlines():
        yield f"{key}: segments are not said to be independent"
    groups: dict[str, list[Rendition]] = {}
    for media in map(attributes, tags(text, "EXT-X-MEDIA")):
        sound = yield from _rendition(objects, _resolved(key, media["URI"]))
        groups.setdefault(media["GROUP-ID"], []).append(sound)
        if media["TYPE"] != "AUDIO" or not media["NAME"]:
            yield f"{sound.key}: is neither sound nor named"
    variants = re.findall(r"^#EXT-X-STREAM-INF:(.*)\n(.*)$", text, re.MULTILINE)
    if not variants or [uri for _, uri in variants] != uris(text):
        yield f"{key}: variants and URIs do not pair (§4.3.4.2)"
    targets = {sound.target_s for group in groups.values() for sound in group}
    for line, uri in variants:
        stated = attributes(line)
        picture = yield from _rendition(objects, _resolved(key, uri))
        targets.add(picture.target_s)
        yield from _variant(stated, [picture], groups[stated["AUDIO"]] if "AUDIO" in stated else [])
    if len(targets) > 1:
        yield f"{key}: renditions have different target durations (§6.2.4)"
    for stated in map(attributes, tags(text, "EXT-X-I-FRAME-STREAM-INF")):
        pictures = yield from _rendition(objects, _resolved(key, stated["URI"]))
        if not pictures.iframes_only or {"FRAME-RATE", "AUDIO"} & stated.keys():
            yield f"{pictures.key}: is no playlist of key pictures, or not offered as one (§4.3.4.3)"
        yield from _variant(stated, [pictures], [])


def _variant(stated: Mapping[str, str], pictures: Sequence[Rendition], sounds: Sequence[Rendition]) -> Iterator[str]:
    key = pictures[0].key
    if missing := {"BANDWIDTH", "AVERAGE-BANDWIDTH", "CODECS", "RESOLUTION"} - stated.keys():
        yield f"{key}: is offered without {sorted(missing)} (§4.3.4.2)"
        return
    for name, measured in {
        "BANDWIDTH": pictures[0].peak_bps + max((sound.peak_bps for sound in sounds), default=0),
        "AVERAGE-BANDWIDTH": pictures[0].average_bps + max((sound.average_bps for sound in sounds), default=0),
    }.items():
        if not measured <= int(stated[name]) <= measured * MOST_OVERSTATED + 2:
            yield f"{key}: {name} is {stated[name]}, measured {float(measured):.0f} (§4.3.4.2)"
    made = {codec for rendition in (*pictures, *sounds) for codec in _codecs(rendition.init)}
    if set(stated["CODECS"].split(",")) != made:
        yield f"{key}: CODECS is {stated['CODECS']}, made were {sorted(made)} (§4.3.4.2)"
    sizes = {size for rendition in pictures for size in _sizes(rendition.init)}
    if sizes != {stated["RESOLUTION"]}:
        yield f"{key}: RESOLUTION is {stated['RESOLUTION']}, made was {sizes}"


def _rendition(objects: Mapping[str, bytes], key: str) -> Generator[str, None, Rendition]:
    text = objects.get(key, b"").decode()
    if not text:
        yield f"{key}: is not in the store"
    yield from _syntax(key, text)
    if "EXT-X-PLAYLIST-TYPE:VOD" not in text or not text.endswith("#EXT-X-ENDLIST\n"):
        yield f"{key}: does not end (§4.3.3.4)"
    iframes_only = "#EXT-X-I-FRAMES-ONLY" in text.splitlines()
    entry = r"^#EXTINF:([\d.]+),\n(?:#EXT-X-BYTERANGE:(\d+)@(\d+)\n)?([^#].*)$"
    entries = re.findall(entry, text, re.MULTILINE)
    if not entries or [uri for *_, uri in entries] != uris(text):
        yield f"{key}: has URIs without duration (§4.3.2.1)"
    init = objects.get(_resolved(key, attributes(tags(text, "EXT-X-MAP")[0])["URI"]), b"") if text else b""
    target = "".join(tags(text, "EXT-X-TARGETDURATION"))
    rendition = Rendition(key, iframes_only, int(target or 0), init, [])
    for duration, size_bytes, offset_bytes, uri in entries:
        whole = objects.get(_resolved(key, uri), b"")
        first = int(offset_bytes or 0)
        part = Part(Fraction(duration), whole[first : first + int(size_bytes or len(whole))])
        rendition.parts.append(part)
        yield from _part(f"{key}: {uri}", rendition, part, int(size_bytes or len(part.data)))
    return rendition


def _part(name: str, rendition: Rendition, part: Part, size_bytes: int) -> Iterator[str]:
    if floor(part.duration_s + Fraction(1, 2)) > rendition.target_s:
        yield f"{name} is longer than the target duration (§4.3.3.1)"
    if not part.data or len(part.data) != size_bytes:
        yield f"{name} is not in the store, or shorter than its range"
        return
    with av.open(io.BytesIO(rendition.init + part.data), "r") as played:
        packets = [packet for packet in played.demux() if packet.size]
    if not packets:
        yield f"{name} begins with no fragment"
        return
    assert packets[0].time_base is not None
    lasts_s = sum(packet.duration or 0 for packet in packets) * packets[0].time_base
    if not packets[0].is_keyframe:
        yield f"{name} does not begin with a key picture (§4.3.5.1)"
    if rendition.iframes_only and len(packets) != 1:
        yield f"{name} holds {len(packets)} pictures instead of one (§4.3.3.6)"
    if not rendition.iframes_only and abs(lasts_s - part.duration_s) > Fraction(1, 1000):
        yield f"{name} lasts {float(lasts_s):.6f} s, stated {float(part.duration_s):.6f} s (§4.3.2.1)"


def _syntax(key: str, text: str) -> Iterator[str]:
    lines = text.splitlines()
    if not text.startswith("#EXTM3U\n") or not text.endswith("\n") or "" in lines:
        yield f"{key}: is no playlist (§4.3.1.1)"
    names = [line[1:].split(":")[0] for line in lines if line.startswith("#")]
    if unknown := set(names) - KNOWN_TAGS:
        yield f"{key}: has tags that players may not know: {sorted(unknown)}"
    needed = max((VERSIONS.get(name, 1) for name in names), default=1)
    if [int(version) >= needed for version in tags(text, "EXT-X-VERSION")] != [True]:
        yield f"{key}: does not state version {needed} or later, once (§7)"


def _codecs(init: bytes) -> Iterator[str]:
    """Yield the RFC 6381 names of what an initialisation segment describes: H.264 from its ``avcC``, or AAC-LC."""
    if b"avcC" in init:
        profile = init.index(b"avcC") + 5
        yield f"avc1.{init[profile : profile + 3].hex()}"
    if b"mp4a" in init:
        yield "mp4a.40.2"


def _sizes(init: bytes) -> Iterator[str]:
    if not init:
        return
    with av.open(io.BytesIO(init), "r") as described:
        for stream in described.streams.video:
            yield f"{stream.width}x{stream.height}"


def _resolved(from_key: str, uri: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(from_key), uri))


def _duration_s(parts: Sequence[Part]) -> Fraction:
    return sum((part.duration_s for part in parts), Fraction(0))


def _bitrate_bps(parts: Sequence[Part]) -> Fraction:
    return 8 * sum(len(part.data) for part in parts) / (_duration_s(parts) or Fraction(1))
