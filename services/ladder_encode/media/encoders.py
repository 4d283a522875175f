"""Which encoder makes a rung, and how a player is told what it made. Pure."""

from collections.abc import Callable
from typing import NamedTuple

from contracts.v1 import Grid, Rung, VideoStream
from services.ladder_encode.media.codecs import av1_codecs, avc_codecs, hevc_codecs
from services.ladder_encode.media.svtav1 import svtav1_options
from services.ladder_encode.media.x264 import x264_options
from services.ladder_encode.media.x265 import x265_options

# By how many pictures decoding runs ahead, in each of the presets.
_X265_DELAY = 2


class Encoder(NamedTuple):
    """An encoder of PyAV; ``codecs`` reads the RFC 6381 string from an initialisation segment.

    Chunks of no more than ``untimed`` pictures get no times of decoding from it; those of others are that much earlier.
    """

    name: str
    options: dict[str, str]
    codecs: Callable[[bytes], str]
    tag: str | None = None
    untimed: int = 0


def encoder_of(rung: Rung, grid: Grid, preset: str, source: VideoStream) -> Encoder:
    """Return the encoder of a rung; ``preset`` is one of its own."""
    match rung.codec:
        case "hevc":
            # Parameter sets in the initialisation segment alone: Apple's players take nothing else.
            return Encoder("libx265", x265_options(rung, grid, preset, source), hevc_codecs, "hvc1", _X265_DELAY)
        case "av1":
            return Encoder("libsvtav1", svtav1_options(rung, grid, preset, source), av1_codecs)
    return Encoder("libx264", x264_options(rung, grid, preset), avc_codecs)
