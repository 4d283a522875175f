"""Cues as WebVTT. Pure.

Source: W3C WebVTT: The Web Video Text Tracks Format, §4.
"""

from collections.abc import Iterable

from services.runtime.webvtt import clock
from services.transcribe.cues import Cue


def webvtt(cues: Iterable[Cue]) -> str:
    """Return cues as a whole file."""
    blocks = [f"{clock(cue.start_s)} --> {clock(cue.end_s)}\n{_text(cue)}\n" for cue in cues]
    return "\n".join(["WEBVTT\n", *blocks])


def _text(cue: Cue) -> str:
    return "\n".join(line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") for line in cue.lines)
