"""WebVTT and SubRip, read strictly and written plainly. Pure.

Source: WebVTT (W3C Candidate Recommendation, 4 April 2019), section 4.1. SubRip has no standard: it is read as its
inventor's program writes it.
"""

import re
from collections.abc import Callable, Iterator

import msgspec

from services.runtime.cues import LONGEST_S, UNWRITTEN, Cue, as_markup, in_order, known_settings
from services.runtime.errors import Permanent

_VTT_TIME = r"(?:(\d{2,4}):)?([0-5]\d):([0-5]\d)\.(\d{3})"
_VTT_TIMING = re.compile(rf"{_VTT_TIME}[ \t]+-->[ \t]+{_VTT_TIME}(?:[ \t]+(\S.*))?[ \t]*")
_SRT_TIME = r"(\d{1,4}):([0-5]\d):([0-5]\d)[,.](\d{3})"
_SRT_TIMING = re.compile(rf"[ \t]*{_SRT_TIME}[ \t]*-->[ \t]*{_SRT_TIME}([ \t].*)?")
_SRT_FONT = re.compile(r"</?font(?:[ \t][^<>\n]*)?>|\{\\[^{}\n]*\}", re.IGNORECASE)
_SRT_STYLE = re.compile(r"<(/?)([biu])>", re.IGNORECASE)
_ARROW = "-->"
_LEFT_OUT = re.compile(r"(NOTE|STYLE|REGION)([ \t].*)?")


class _Block(msgspec.Struct):
    """Lines between empty ones; ``number`` is the first one's, counted from 1."""

    number: int
    lines: list[str]


def read_text_track(body: bytes | str) -> list[Cue]:
    """Return the cues of a WebVTT or SubRip file, in order; WebVTT begins with its name, all else is SubRip.

    Comments, styles, regions, the names of cues and cues without text are left out.
    Raises: Permanent: ``text_encoding``, ``text_invalid``, ``cue_timing``, ``cue_missing_time``, ``captions_empty``.
    Each message names the line.
    """
    text = _decoded(body) if isinstance(body, bytes) else body
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for number, line in enumerate(lines, start=1):
        if UNWRITTEN.search(line):
            raise _wrong("text_invalid", number, "a character that no text has; is this a file of text?")
    is_vtt = re.match(r"WEBVTT(?:[ \t]|$)", lines[0]) is not None
    cues = in_order(list(_vtt(lines) if is_vtt else _srt(lines)))
    if not cues:
        raise Permanent("captions_empty", "The file has no cue with text; give a WebVTT or SubRip file that has some.")
    return cues


def webvtt(cues: list[Cue]) -> bytes:
    """Return cues as a WebVTT file."""
    return "\n\n".join(["WEBVTT", *map(_written, cues)]).encode() + b"\n"


def clock(time_s: float) -> str:
    """Return a time as WebVTT writes it: ``00:01:02.345``."""
    seconds, milliseconds = divmod(round(time_s * 1000), 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{milliseconds:03d}"


def _written(cue: Cue) -> str:
    settings = f" {cue.settings}" if cue.settings else ""
    return f"{clock(cue.start_s)} {_ARROW} {clock(cue.end_s)}{settings}\n{cue.text}"


def _decoded(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise _wrong("text_encoding", line, "bytes that are not UTF-8; save the file as UTF-8.") from error


def _vtt(lines: list[str]) -> Iterator[Cue]:
    blocks = _blocks(lines)
    header = next(blocks)
    for number, line in enumerate(header.lines, start=1):
        if _ARROW in line:
            raise _wrong("cue_timing", number, "a time before the empty line that ends the header.")
    for block in blocks:
        if not _LEFT_OUT.fullmatch(block.lines[0]):
            yield _vtt_cue(block)


def _vtt_cue(block: _Block) -> Cue:
    at = 0 if _ARROW in block.lines[0] else 1
    number = block.number + at
    timing = _VTT_TIMING.fullmatch(block.lines[at]) if at < len(block.lines) else None
    if timing is None:
        raise _untimed(block, at, "00:00:01.000 --> 00:00:02.500")
    start_s, end_s = _times(number, timing)
    settings = known_settings(timing[9] or "")
    return Cue(start_s, end_s, _text(block, at, as_markup), settings)


def _srt(lines: list[str]) -> Iterator[Cue]:
    for block in _blocks(lines):
        at = 1 if block.lines[0].strip().isdecimal() else 0
        timing = _SRT_TIMING.fullmatch(block.lines[at]) if at < len(block.lines) else None
        if timing is None:
            raise _untimed(block, at, "00:00:01,000 --> 00:00:02,500")
        yield Cue(*_times(block.number + at, timing), _text(block, at, _from_srt))


def _blocks(lines: list[str]) -> Iterator[_Block]:
    block = _Block(1, [])
    for number, line in enumerate(lines, start=1):
        if line.strip():
            block.lines.append(line)
        else:
            if block.lines:
                yield block
            block = _Block(number + 1, [])
    if block.lines:
        yield block


def _text(block: _Block, at: int, marked: Callable[[str], str]) -> str:
    for number, line in enumerate(block.lines[at + 1 :], start=block.number + at + 1):
        if _VTT_TIMING.fullmatch(line) or _SRT_TIMING.fullmatch(line):
            raise _wrong("cue_timing", number, "a second time in one cue; leave a line empty before each cue.")
    return marked("\n".join(block.lines[at + 1 :]))


def _from_srt(text: str) -> str:
    """Return SubRip's text as WebVTT's: fonts and places are left out, bold, italic and underlined are kept."""
    return as_markup(_SRT_STYLE.sub(lambda tag: tag[0].lower(), _SRT_FONT.sub("", text)))


def _times(number: int, timing: re.Match[str]) -> tuple[float, float]:
    start_s, end_s = (_seconds(timing.groups()[first : first + 4]) for first in (0, 4))
    if end_s <= start_s:
        raise _wrong("cue_timing", number, "a cue that ends before it begins, or at once.")
    if end_s > LONGEST_S:
        raise _wrong("cue_timing", number, "a cue after more than a thousand hours.")
    return start_s, end_s


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, milliseconds = (int(part or 0) for part in parts)
    return (hours * 3_600_000 + minutes * 60_000 + seconds * 1000 + milliseconds) / 1000


def _untimed(block: _Block, at: int, example: str) -> Permanent:
    if at < len(block.lines) and _ARROW in block.lines[at]:
        return _wrong("cue_timing", block.number + at, f"a time that is not written as `{example}`.")
    return _wrong("cue_missing_time", block.number, f"text without a time above it; a cue begins with `{example}`.")


def _wrong(code: str, number: int, what: str) -> Permanent:
    return Permanent(code, f"Line {number} of the file has {what}")
