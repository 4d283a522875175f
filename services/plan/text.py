"""Which of an original's subtitles can be read as text. Pure."""

from typing import get_args

from contracts.v1 import Probe, TextStream
from contracts.v1.original import TextCodec

_TEXT = frozenset(get_args(TextCodec))


def readable(probe: Probe) -> list[TextStream]:
    """Return the streams that become WebVTT."""
    return [stream for stream in probe.text if stream.codec in _TEXT]


def unreadable(probe: Probe) -> list[str]:
    """Return a sentence for people about subtitles that are pictures, or of a kind that nobody reads."""
    codecs = sorted({stream.codec for stream in probe.text if stream.codec not in _TEXT})
    if not codecs:
        return []
    return [
        f"Subtitles that are pictures, or of an unknown kind, are left out ({', '.join(codecs)}); upload a WebVTT file."
    ]
