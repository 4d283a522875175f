"""Cues as WebVTT. Pure.

Source: W3C WebVTT: The Web Video Text Tracks Format, §4.
"""

from collections.abc import Iterable

from services.transcribe.cues import Cue


def webvtt(cues: Iterable[Cue]) -> str:
    """Return cues as a whole file."""
    blocks = [f"{_time(cue.start_s)} --> {_time(cue.end_s)}\n{_text(cue)}\n" for cue in cues]
    return "\n".join(["WEBVTT\n", *blocks])


def _text(cue: Cue) -> str:
    return "\n".join(line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") for line in cue.lines)


def _time(at_s: float) -> str:
    seconds, milliseconds = divmod(round(at_s * 1000), 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}.{milliseconds:03d}"
