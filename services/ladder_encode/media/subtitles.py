"""Read an original's text subtitles as WebVTT: every kind is first decoded to ASS, which has what the others have.

Of its styling remain italics, bold and underlined text, and whether a cue stands above. Source: W3C WebVTT §4;
libass, "ASS File Format Guide" (override tags).
"""

import re
from bisect import bisect_right
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from html import escape

import msgspec
from av.packet import Packet
from av.stream import Discard, Stream
from av.subtitles.subtitle import AssSubtitle

from contracts.v1 import ExtractText
from services.ladder_encode.decide_text import Subtitles
from services.runtime.cues import UNWRITTEN, plain
from services.runtime.media_open import DECODING_ERRORS, open_original, original_errors
from services.runtime.media_packets import up_to_damage
from services.runtime.webvtt import clock

_MOST_CUES = 50_000
_LONGEST = 2_000
_FIELDS = 8
# Some files state no end; a cue then stands until the next, but no longer than this.
_UNSTATED_S = 5.0
_OVERRIDES = re.compile(r"\{([^}]*)\}")
_TOGGLE = re.compile(r"\\([ibu])([0-9]*)(?![a-z0-9])|\\(r)")
_DRAWING = re.compile(r"\\p[1-9]")
_ABOVE = re.compile(r"\\an[789]")


class _Cue(msgspec.Struct):
    start_s: float
    end_s: float | None
    text: str
    settings: str = ""


def read_subtitles(url: str, task: ExtractText, indexes: list[int]) -> list[Subtitles]:
    """Return the streams with these indexes as WebVTT, on the asset's own timeline; the file is read once.

    Raises: what opening and reading the original raises.
    """
    cues: dict[int, list[_Cue]] = {index: [] for index in indexes}
    with original_errors(), open_original(url) as container:
        for stream in container.streams:
            stream.discard = Discard.default if stream.index in cues else Discard.all
        streams = [stream for stream in container.streams.subtitles if stream.index in cues]
        for packet in up_to_damage(container.demux(*streams)):
            # After the last one come packets that are nobody's.
            if packet.size and len(cues[packet.stream_index]) < _MOST_CUES:
                cues[packet.stream_index] += _cues_in(packet, task.timeline_start_s)
    return [_written(index, own, task.duration_s) for index, own in cues.items()]


def webvtt_text(ass: str) -> tuple[str, str]:
    """Return a line of ASS as the text of a cue and its settings; nothing where it draws instead of writing."""
    *_, text = ass.split(",", _FIELDS)
    if _DRAWING.search(text):
        return "", ""
    settings = " line:5%" if _ABOVE.search(text) else ""
    open_tags: list[str] = []
    written: list[str] = []
    left = _LONGEST
    for place, part in enumerate(_OVERRIDES.split(text)):
        if place % 2:
            for tag, value, reset in _TOGGLE.findall(part):
                for own in open_tags[::-1] if reset else [tag]:
                    written += _toggled(own, on=value not in ("", "0"), open_tags=open_tags)
        else:
            said = part.replace("\\N", "\n").replace("\\n", "\n").replace("\\h", " ")[:left]
            left -= len(said)
            written.append(escape(UNWRITTEN.sub(" ", said), quote=False))
    written += [f"</{tag}>" for tag in reversed(open_tags)]
    lines = (line.strip() for line in "".join(written).splitlines())
    markup = "\n".join(line for line in lines if line)
    return (markup, settings) if plain(markup) else ("", "")


def _toggled(tag: str, *, on: bool, open_tags: list[str]) -> list[str]:
    """Return what opens or closes a tag; those inside it are closed and opened again."""
    if on:
        if tag in open_tags:
            return []
        open_tags.append(tag)
        return [f"<{tag}>"]
    if tag not in open_tags:
        return []
    inside = open_tags[open_tags.index(tag) + 1 :]
    open_tags.remove(tag)
    return [*(f"</{other}>" for other in reversed(inside)), f"</{tag}>", *(f"<{other}>" for other in inside)]


def _cues_in(packet: "Packet[Stream]", timeline_start_s: float) -> list[_Cue]:
    if packet.pts is None:
        return []
    start_s = float(packet.pts * packet.time_base) - timeline_start_s
    end_s = start_s + float(packet.duration * packet.time_base) if packet.duration else None
    found = (webvtt_text(rect.ass.decode(errors="replace")) for rect in _decoded(packet))
    return [_Cue(start_s, end_s, text, settings) for text, settings in found if text]


def _decoded(packet: "Packet[Stream]") -> list[AssSubtitle]:
    """Return what a packet holds, whose text FFmpeg takes in UTF-8 alone."""
    for own in (packet, _in_utf8(packet)):
        try:
            sets = own.decode()
        except DECODING_ERRORS:
            continue
        return [rect for rect in sets if isinstance(rect, AssSubtitle)]
    return []


def _in_utf8(packet: "Packet[Stream]") -> "Packet[Stream]":
    """Return a packet whose text is UTF-16 with its mark, as MP4 may have it, or what Windows wrote in the West."""
    data = bytes(packet)
    is_mp4 = packet.stream.codec_context.name == "mov_text"
    text = data[2 : 2 + int.from_bytes(data[:2], "big")] if is_mp4 else data
    encoding = "utf-16" if text.startswith((BOM_UTF16_BE, BOM_UTF16_LE)) else "cp1252"
    text = text.decode(encoding, errors="replace")[:_LONGEST].encode()
    own: Packet[Stream] = Packet(len(text).to_bytes(2, "big") + text if is_mp4 else text)
    own.stream, own.time_base, own.pts, own.dts = packet.stream, packet.time_base, packet.pts, packet.dts
    return own


def _written(index: int, cues: list[_Cue], duration_s: float) -> Subtitles:
    cues.sort(key=lambda cue: cue.start_s)
    starts_s = [*(cue.start_s for cue in cues), duration_s]
    blocks = []
    for cue in cues:
        next_s = starts_s[bisect_right(starts_s, cue.start_s, hi=len(cues))]
        end_s = min(next_s, cue.start_s + _UNSTATED_S) if cue.end_s is None else cue.end_s
        # As a file holds them: a cue that ends at once is none.
        start_s, end_s = round(max(cue.start_s, 0.0), 3), round(min(end_s, duration_s), 3)
        if start_s < end_s:
            blocks.append(f"{clock(start_s)} --> {clock(end_s)}{cue.settings}\n{cue.text}")
    return Subtitles(index, "\n\n".join(["WEBVTT", *blocks]) + "\n", len(blocks))
