"""An original, and what it contains."""

from typing import Literal

from contracts.base import Value
from contracts.v1.pictures import VideoStream


class Original(Value, frozen=True, kw_only=True):
    """The object that was uploaded."""

    bucket: str
    key: str
    size_bytes: int
    etag: str


class PacketIndex(Value, frozen=True, kw_only=True):
    """What a container's whole index says of an audio stream whose packets follow each other without a gap.

    Each holds as many samples, ``first_sample`` is where the first one begins on the container's clock, counted at the
    stream's rate; it may lie before zero.
    """

    packets: int
    packet_samples: int
    first_sample: int
    size_bytes: int


class AudioStream(Value, frozen=True, kw_only=True):
    """One audio stream; ``start_s`` is on the container's clock.

    ``packets`` is None where the container has no index of all packets, or they do not follow each other.
    """

    index: int
    codec: str
    sample_rate_hz: int
    channels: int
    start_s: float
    duration_s: float
    language: str | None = None
    bitrate_bps: int | None = None
    profile: str | None = None
    packets: PacketIndex | None = None
    title: str = ""
    default: bool = False
    describes_video: bool = False


TextCodec = Literal["mov_text", "subrip", "ass", "webvtt"]
"""Text subtitles that become WebVTT; ``ass`` is SSA, too."""


class TextStream(Value, frozen=True, kw_only=True):
    """One stream of subtitles; ``codec`` is as FFmpeg names it, of pictures as well as of text."""

    index: int
    codec: str
    language: str | None = None
    title: str = ""
    default: bool = False
    forced: bool = False
    sdh: bool = False


class Chapter(Value, frozen=True, kw_only=True):
    """A part of an original, as its container states it; times in seconds from the first picture on."""

    start_s: float
    end_s: float
    title: str = ""


class Probe(Value, frozen=True, kw_only=True):
    """What an original contains; ``warnings`` are sentences for people about what is wrong with it."""

    container: str
    duration_s: float
    size_bytes: int
    video: list[VideoStream] = []
    audio: list[AudioStream] = []
    bitrate_bps: int | None = None
    warnings: list[str] = []
    text: list[TextStream] = []
    chapters: list[Chapter] = []
