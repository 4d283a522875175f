"""Text tracks as players get them: WebVTT cut like the pictures, and what offers it. Pure.

A track's text is there whole, so its playlist is complete from the start, also while pictures still come.

Source: RFC 8216 §3.5 (WebVTT segments, X-TIMESTAMP-MAP), §4.3.4.1 (EXT-X-MEDIA); W3C WebVTT §4.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from xml.etree.ElementTree import Element, SubElement

import msgspec

from contracts.keys import manifest_key, multivariant_key, text_playlist_key, text_segment_key
from contracts.v1 import TIMELINE_ORIGIN_S, AssetPlanned, CaptionsMade
from services.package.links import relative
from services.package.names import distinct, firsts, language_tag

GROUP = "text"
VTT_TYPE = "text/vtt"
_MPEGTS_HZ = 90_000
_TIMESTAMP_MAP = f"X-TIMESTAMP-MAP=MPEGTS:{TIMELINE_ORIGIN_S * _MPEGTS_HZ},LOCAL:00:00:00.000"
_TIMES = re.compile(r"(?:(\d+):)?(\d\d):(\d\d)[.](\d{3})[ \t]+-->[ \t]+(?:(\d+):)?(\d\d):(\d\d)[.](\d{3})")
_BLANK = re.compile(r"\n{2,}")
_DESCRIBES_SOUND = "public.accessibility.transcribes-spoken-dialog,public.accessibility.describes-music-and-sound"
_ROLES = "urn:mpeg:dash:role:2011"
_BANDWIDTH_BPS = 1_000


class Cue(msgspec.Struct, frozen=True):
    """A cue as it was written, and its times in milliseconds."""

    start_ms: int
    end_ms: int
    text: str


def cues_of(vtt: str) -> tuple[list[str], list[Cue]]:
    """Return the styles and regions of a WebVTT file, and its cues."""
    plain = vtt.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    styles, cues = [], []
    for block in _BLANK.split(plain.strip("\n")):
        times = _TIMES.search(block)
        if times:
            cues.append(Cue(_ms(times.groups()[:4]), _ms(times.groups()[4:]), block))
        elif block.startswith(("STYLE", "REGION")):
            styles.append(block)
    return styles, cues


def segments(plan: AssetPlanned, vtt: str) -> list[str]:
    """Return a whole text cut where the pictures are; a cue stands in every segment during which it is shown."""
    styles, cues = cues_of(vtt)
    starts_ms = [float(1000 * start_s) for start_s in _starts_s(plan)]
    held: list[list[str]] = [[] for _ in starts_ms[:-1]]
    for cue in cues:
        first = max(bisect_right(starts_ms, cue.start_ms) - 1, 0)
        for own in held[first : max(bisect_left(starts_ms, cue.end_ms), first + 1)]:
            own.append(cue.text)
    return ["\n\n".join([f"WEBVTT\n{_TIMESTAMP_MAP}", *styles, *own]) + "\n" for own in held]


def text_playlist(plan: AssetPlanned, text: CaptionsMade, target_duration_s: int) -> str:
    """Return the playlist of a text track's segments."""
    track = plan.asset_id, plan.recipe, text.track, text.version
    own_key = text_playlist_key(*track)
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", f"#EXT-X-TARGETDURATION:{target_duration_s}", "#EXT-X-MEDIA-SEQUENCE:0"]
    lines.append("#EXT-X-PLAYLIST-TYPE:VOD")
    for number, (start_s, end_s) in enumerate(pairwise(_starts_s(plan))):
        lines += [f"#EXTINF:{float(end_s - start_s):.6f},", relative(text_segment_key(*track, number), own_key)]
    return "\n".join([*lines, "#EXT-X-ENDLIST", ""])


def text_media(plan: AssetPlanned, texts: Sequence[CaptionsMade]) -> Iterator[str]:
    """Yield the lines by which the playlist that a player opens offers text."""
    own_key = multivariant_key(plan.asset_id, plan.recipe)
    names = distinct(text.name or text.language for text in texts)
    automatic = firsts((text.language, text.forced, text.sdh) for text in texts)
    default = next((text for text in texts if text.default), None)
    for text, name, is_first in zip(texts, names, automatic, strict=True):
        language = language_tag(text.language)
        uri = relative(text_playlist_key(plan.asset_id, plan.recipe, text.track, text.version), own_key)
        attributes = [
            "TYPE=SUBTITLES",
            f'GROUP-ID="{GROUP}"',
            f'NAME="{name}"',
            *([f'LANGUAGE="{language}"'] if language else []),
            f"DEFAULT={_yes(text is default)}",
            f"AUTOSELECT={_yes(is_first or text is default)}",
            f"FORCED={_yes(text.forced)}",
            *([f'CHARACTERISTICS="{_DESCRIBES_SOUND}"'] if text.sdh else []),
            f'URI="{uri}"',
        ]
        yield f"#EXT-X-MEDIA:{','.join(attributes)}"


def text_set(period: Element, plan: AssetPlanned, text: CaptionsMade) -> None:
    """Add a text track to a DASH period: the whole file, whose times are the period's own.

    Source: ISO/IEC 23009-1 §5.8.5.5 (roles); DASH-IF IOP 4.3 §6.4.5 (side-loaded WebVTT).
    """
    language = language_tag(text.language)
    spoken = {"lang": language} if language else {}
    own = SubElement(period, "AdaptationSet", {"contentType": "text", "mimeType": VTT_TYPE} | spoken)
    role = "forced-subtitle" if text.forced else "caption" if text.sdh else "subtitle"
    for value in (role, *(["main"] if text.default else [])):
        SubElement(own, "Role", {"schemeIdUri": _ROLES, "value": value})
    if text.name:
        SubElement(own, "Label").text = text.name
    name = f"text/{text.track}"
    held = SubElement(own, "Representation", {"id": name, "bandwidth": str(_BANDWIDTH_BPS)})
    SubElement(held, "BaseURL").text = relative(text.vtt_key, manifest_key(plan.asset_id, plan.recipe))


def _starts_s(plan: AssetPlanned) -> list[Fraction]:
    """Return when each segment begins, and when the last one ends."""
    return [frame / plan.grid.frame_rate.fraction for frame in (*plan.grid.segment_starts, plan.grid.frames)]


def _ms(parts: Sequence[str | None]) -> int:
    hours, minutes, seconds, milliseconds = (int(part or 0) for part in parts)
    return 1000 * (3600 * hours + 60 * minutes + seconds) + milliseconds


def _yes(value: object) -> str:
    return "YES" if value else "NO"
