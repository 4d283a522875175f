"""Whether HLS playlists conform, and lead to what facts state. Pure.

Source: RFC 8216 §4.3 (tags), §7 (versions).
"""

import math
import posixpath
from collections.abc import Mapping, Sequence
from fractions import Fraction

from contracts.keys import multivariant_key
from contracts.v1 import Rung
from services.finalize.playlists import Entry, Line, attributes_of, entries_of, lines_of, only
from services.finalize.renditions import Delivered

_EXACT_S = Fraction(1, 1_000_000)
# Bandwidths are stated within a tenth of what is needed (HLS Authoring Specification for Apple Devices).
_MOST_OVERSTATED = Fraction(11, 10)
_MAP_VERSION = 6
_MEDIA_TAGS = {
    "EXT-X-VERSION",
    "EXT-X-TARGETDURATION",
    "EXT-X-MEDIA-SEQUENCE",
    "EXT-X-PLAYLIST-TYPE",
    "EXT-X-MAP",
    "EXT-X-ENDLIST",
}
_ENTRY_TAGS = {"", "EXTINF"}
_INDEX_TAGS = {
    "",
    "EXT-X-VERSION",
    "EXT-X-INDEPENDENT-SEGMENTS",
    "EXT-X-SESSION-DATA",
    "EXT-X-MEDIA",
    "EXT-X-STREAM-INF",
    "EXT-X-I-FRAME-STREAM-INF",
}


def check_media(own: Delivered, text: str) -> int:
    """Check a rendition's playlist and return its target duration.

    Raises: ValueError: what is wrong with it.
    """
    wanted = [
        Entry(Fraction(segment.duration_ticks, own.timescale), own.key_of(segment), None) for segment in own.segments
    ]
    return _check(own, own.packaged.playlist_key, text, wanted, {"EXT-X-INDEPENDENT-SEGMENTS", *_ENTRY_TAGS})


def check_iframes(own: Delivered, key: str, text: str) -> None:
    """Check the playlist of a rendition's key pictures.

    Raises: ValueError: what is wrong with it.
    """
    wanted = [
        Entry(
            Fraction(iframe.duration_ticks, own.timescale),
            own.key_of(segment),
            (iframe.size_bytes, iframe.offset_bytes),
        )
        for segment in own.segments
        for iframe in segment.iframes
    ]
    only(lines_of(text), "EXT-X-I-FRAMES-ONLY")
    _check(own, key, text, wanted, {"EXT-X-I-FRAMES-ONLY", "EXT-X-BYTERANGE", *_ENTRY_TAGS})


def check_index(renditions: Sequence[Delivered], text: str) -> None:
    """Check the playlist that a player opens: it offers every rendition once, for what it needs.

    Raises: ValueError: what is wrong with it.
    """
    lines = lines_of(text)
    key = multivariant_key(renditions[0].asset_id, renditions[0].recipe)
    _check_tags(lines, _INDEX_TAGS)
    only(lines, "EXT-X-INDEPENDENT-SEGMENTS")
    sounds = {own.packaged.playlist_key: own for own in renditions if not isinstance(own.planned, Rung)}
    pictures = {own.packaged.playlist_key: own for own in renditions if isinstance(own.planned, Rung)}
    iframes = {own.packaged.iframes_key: own for own in renditions if own.packaged.iframes_key}
    media = [attributes_of(line.value) for line in lines if line.tag == "EXT-X-MEDIA"]
    texts = [own for own in media if own.get("TYPE") == "SUBTITLES"]
    offered = [own for own in media if own not in texts]
    _check_texts(key, texts)
    _check_all(key, [own.get("URI", "") for own in offered], sounds, "EXT-X-MEDIA")
    if any((own.get("TYPE"), own.get("GROUP-ID")) != ("AUDIO", "audio") or not own.get("NAME") for own in offered):
        raise ValueError("offers sound without type, group or name (§4.3.4.1)")
    variants = [
        (attributes_of(line.value), lines[at + 1 : at + 2])
        for at, line in enumerate(lines)
        if line.tag == "EXT-X-STREAM-INF"
    ]
    followed = [after[0].value for _, after in variants if after and not after[0].tag]
    if followed != [line.value for line in lines if not line.tag] or len(followed) != len(variants):
        raise ValueError("has variants and URIs that do not pair (§4.3.4.2)")
    _check_all(key, followed, pictures, "EXT-X-STREAM-INF")
    for (stated, _), uri in zip(variants, followed, strict=True):
        _check_variant(stated, pictures[_resolved(key, uri)], list(sounds.values()), has_texts=bool(texts))
    trick = [attributes_of(line.value) for line in lines if line.tag == "EXT-X-I-FRAME-STREAM-INF"]
    _check_all(key, [own.get("URI", "") for own in trick], iframes, "EXT-X-I-FRAME-STREAM-INF")


def _check(own: Delivered, key: str, text: str, wanted: Sequence[Entry], others: set[str]) -> int:
    lines = lines_of(text)
    _check_tags(lines, _MEDIA_TAGS | others)
    target_s = int(only(lines, "EXT-X-TARGETDURATION"))
    if only(lines, "EXT-X-PLAYLIST-TYPE") != "VOD" or only(lines, "EXT-X-MEDIA-SEQUENCE") != "0":
        raise ValueError("is not that of a finished rendition (§4.3.3.5)")
    only(lines, "EXT-X-ENDLIST")
    if lines[-1].tag != "EXT-X-ENDLIST":
        raise ValueError("goes on after its end (§4.3.3.4)")
    if _resolved(key, attributes_of(only(lines, "EXT-X-MAP")).get("URI", "")) != own.init_key:
        raise ValueError("leads to another initialisation segment (§4.3.2.5)")
    entries = list(entries_of(lines))
    if len(entries) != len(wanted):
        raise ValueError(f"has {len(entries)} entries; {len(wanted)} were made")
    for number, (entry, made) in enumerate(zip(entries, wanted, strict=True)):
        if abs(entry.duration_s - made.duration_s) > _EXACT_S:
            raise ValueError(
                f"states {float(entry.duration_s)} s for entry {number}, which lasts {float(made.duration_s)}"
            )
        if math.floor(entry.duration_s + Fraction(1, 2)) > target_s:
            raise ValueError(f"has an entry {number} that is longer than its target duration (§4.3.3.1)")
        if (_resolved(key, entry.uri), entry.part) != (made.uri, made.part):
            raise ValueError(f"leads elsewhere in entry {number}: {entry.uri!r}")
    return target_s


def _check_tags(lines: Sequence[Line], known: set[str]) -> None:
    unknown = {line.tag for line in lines} - known
    if unknown:
        raise ValueError(f"has tags that do not belong there: {sorted(unknown)}")
    if int(only([*lines], "EXT-X-VERSION")) < _MAP_VERSION:
        raise ValueError("states a version that does not know all of its tags (§7)")


def _check_all(key: str, uris: Sequence[str], wanted: Mapping[str, Delivered], tag: str) -> None:
    if sorted(_resolved(key, uri) for uri in uris) != sorted(wanted):
        raise ValueError(f"does not offer each rendition once with {tag}")


def _check_texts(key: str, offered: Sequence[Mapping[str, str]]) -> None:
    """Check how text is offered; which there is, changes whenever somebody writes some."""
    below = f"{posixpath.dirname(key)}/text/"
    names = [own.get("NAME") for own in offered]
    if any(own.get("GROUP-ID") != "text" for own in offered) or not all(names) or len({*names}) < len(names):
        raise ValueError("offers text without group, or under no name of its own (§4.3.4.1)")
    if not all(_resolved(key, own.get("URI", "")).startswith(below) for own in offered):
        raise ValueError("leads elsewhere for text")


def _check_variant(stated: Mapping[str, str], own: Delivered, sounds: Sequence[Delivered], *, has_texts: bool) -> None:
    made, rung = own.packaged, own.planned
    assert isinstance(rung, Rung)
    assert made.frame_rate is not None
    wanted = {"RESOLUTION": f"{rung.width}x{rung.height}", "FRAME-RATE": f"{float(made.frame_rate.fraction):.3f}"}
    wanted |= {"AUDIO": "audio"} if sounds else {}
    wanted |= {"SUBTITLES": "text"} if has_texts else {}
    if {name: stated.get(name) for name in (*wanted, *({"AUDIO", "SUBTITLES"} & stated.keys()))} != wanted:
        raise ValueError(f"describes {own.name} otherwise than it was made (§4.3.4.2)")
    if {*stated.get("CODECS", "").split(",")} != {own.codecs, *(sound.codecs for sound in sounds)}:
        raise ValueError(f"states other codecs for {own.name} than were made (§4.3.4.2)")
    loudest = max((sound.packaged for sound in sounds), key=lambda sound: sound.bandwidth_bps, default=None)
    peak_bps = made.bandwidth_bps + (loudest.bandwidth_bps if loudest else 0)
    average_bps = made.average_bandwidth_bps + (loudest.average_bandwidth_bps if loudest else 0)
    for name, needed in (("BANDWIDTH", peak_bps), ("AVERAGE-BANDWIDTH", average_bps)):
        if not needed <= int(stated.get(name, 0)) <= needed * _MOST_OVERSTATED:
            raise ValueError(f"states another {name} for {own.name} than it needs (§4.3.4.2)")


def _resolved(from_key: str, uri: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(from_key), uri))
