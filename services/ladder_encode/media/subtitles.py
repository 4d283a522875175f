"""Read an original's text subtitles as WebVTT: every kind is first decoded to ASS, which has what the others have.

Of its styling remain italics, bold and underlined text, and whether a cue stands above. Source: W3C WebVTT §4;
libass, "ASS File Format Guide" (override tags).
"""

import re
from html import escape

import msgspec
from av.packet import Packet
from av.stream import Discard, Stream
from av.subtitles.subtitle import AssSubtitle

from contracts.v1 import ExtractText
from services.ladder_encode.decide_text import Subtitles
from services.runtime.media_open import DECODING_ERRORS, open_original, original_errors
from services.runtime.media_packets import up_to_damage

_MOST_CUES = 50_000
_LONGEST = 2_000
_FIELDS = 8
# Some files state no end; a cue then stands until the next, but no longer than this.
_UNSTATED_S = 5.0
_OVERRIDES = re.compile(r"\{([^}]*)\}")
_TOGGLE = re.compile(r"\\([ibu])([0-9]*)(?![a-z0-9])")
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
    for place, part in enumerate(_OVERRIDES.split(text)):
        if place % 2:
            for tag, value in _TOGGLE.findall(part):
                written += _toggled(tag, on=value not in ("", "0"), open_tags=open_tags)
        else:
            plain = part.replace("\\N", "\n").replace("\\n", "\n").replace("\\h", " ")
            written.append(escape(plain, quote=False))
    written += [f"</{tag}>" for tag in reversed(open_tags)]
    lines = (line.strip() for line in "".join(written).splitlines())
    return "\n".join(line for line in lines if line)[:_LONGEST], settings


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
    try:
        sets = packet.decode()
    except DECODING_ERRORS:
        return []
    start_s = float(packet.pts * packet.time_base) - timeline_start_s
    end_s = start_s + float(packet.duration * packet.time_base) if packet.duration else None
    found = (webvtt_text(rect.ass.decode(errors="replace")) for rect in sets if isinstance(rect, AssSubtitle))
    return [_Cue(start_s, end_s, text, settings) for text, settings in found if text]


def _written(index: int, cues: list[_Cue], duration_s: float) -> Subtitles:
    cues.sort(key=lambda cue: cue.start_s)
    starts_s = [cue.start_s for cue in cues[1:]]
    blocks = []
    for cue, next_s in zip(cues, [*starts_s, duration_s], strict=True):
        end_s = min(next_s, cue.start_s + _UNSTATED_S) if cue.end_s is None else cue.end_s
        start_s, end_s = max(cue.start_s, 0.0), min(end_s, duration_s)
        if start_s < end_s:
            blocks.append(f"{_timestamp(start_s)} --> {_timestamp(end_s)}{cue.settings}\n{cue.text}")
    return Subtitles(index, "\n\n".join(["WEBVTT", *blocks]) + "\n", len(blocks))


def _timestamp(at_s: float) -> str:
    seconds, milliseconds = divmod(round(at_s * 1000), 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}.{milliseconds:03d}"
