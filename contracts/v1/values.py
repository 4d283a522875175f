"""Values that facts and tasks of version 1 are made of."""

from bisect import bisect_right
from fractions import Fraction
from typing import Literal

import msgspec

from contracts.base import Value

TIMELINE_ORIGIN_S = 10
"""Where the timeline of every delivered segment begins, so that no time stamp is ever negative."""

AAC_PRIMING_SAMPLES = 1024
"""What an AAC decoder discards first; in delivered audio these samples lie before the origin."""

DEFAULT_PRESET = "veryfast"
"""The preset of x264 for the default profile."""

Lane = Literal["head", "audio", "bulk"]
"""``head``: first picture of an asset, never behind bulk work. ``audio``: a whole track. ``bulk``: the rest."""

ProbeLane = Literal["head"]
"""Looking at an original: everything of its asset waits for that."""

CopyLane = Literal["copy"]
"""Work that moves bytes and encodes nothing."""

DownloadLane = Literal["download"]
"""Files that somebody waits for, made of segments that lie in the store."""

ImportLane = Literal["import"]
"""Work that waits for other people's servers."""

MeasureLane = Literal["complexity"]
"""Short work that bulk work of the same asset waits for."""

TextLane = Literal["text"]
"""Reading what was written for an original: nobody waits for it."""

TranscribeLane = Literal["transcribe"]
"""Long work that nothing waits for."""

PlanStage = Literal["final", "candidates", "refined"]
"""``final``: said once. ``candidates``: the best rung is decided when the source's complexity is known; ``refined``:
it is known, or will not be waited for any longer."""
DynamicRange = Literal["sdr", "pq", "hlg"]
"""``pq`` and ``hlg`` are high dynamic range by the transfer functions of ITU-R BT.2100."""


class Rational(msgspec.Struct, frozen=True, array_like=True):
    """An exact ratio, ``[num, den]`` on the wire."""

    num: int
    den: int

    @property
    def fraction(self) -> Fraction:
        """Return the ratio as a ``Fraction``."""
        return Fraction(self.num, self.den)


class Original(Value, frozen=True, kw_only=True):
    """The object that was uploaded."""

    bucket: str
    key: str
    size_bytes: int
    etag: str


class PictureIndex(Value, frozen=True, kw_only=True):
    """What a container's whole index, in order of decoding, and a few of its key pictures say of a stream's pictures.

    ``frames`` counts them, and ``hidden`` more are only decoded. ``groups`` are lengths in frames, each from a key
    picture to the next; neighbours that last less than a second together are stated as one. ``longest_group`` counts
    no such neighbours together. ``constant_rate``: every picture is less than half a picture from its place.
    ``closed_groups``: the key pictures that were looked at, over the whole stream, need nothing before them.
    """

    frames: int
    groups: list[int]
    longest_group: int
    hidden: int = 0
    constant_rate: bool = False
    closed_groups: bool = False


class Chromaticity(msgspec.Struct, frozen=True, array_like=True):
    """A colour's place in CIE 1931, ``[x, y]`` on the wire, in units of 0.00002."""

    x: int
    y: int


class MasteringDisplay(Value, frozen=True, kw_only=True):
    """The display on which a film was graded; luminances in units of 0.0001 nits.

    Source: SMPTE ST 2086; units of ITU-T H.265 §D.3.28.
    """

    red: Chromaticity
    green: Chromaticity
    blue: Chromaticity
    white: Chromaticity
    max_luminance: int
    min_luminance: int


class ContentLight(Value, frozen=True, kw_only=True):
    """How bright a film's brightest pixel and its brightest picture are; 0 where that is unknown.

    Source: CTA-861.3 (MaxCLL, MaxFALL).
    """

    max_pixel_nits: int
    max_average_nits: int


class VideoStream(Value, frozen=True, kw_only=True):
    """One video stream as the container and decoder describe it.

    ``width`` and ``height`` are coded sizes in pixels, before ``rotation`` and ``sample_aspect``.
    ``rotation`` is degrees clockwise that a player must turn the picture: 0, 90, 180 or 270.
    ``frame_rate`` is snapped to a standard rate where it is near one.
    ``mirrored`` pictures are flipped left to right before they are turned.
    ``start_s`` is the first picture's time on the container's clock; the sound that belongs to it stands ``delay_s``
    earlier there, where the clock only counts decoding.
    ``pictures`` is None where the container has no index of all pictures, and in tasks.
    ``mastering_display`` and ``content_light`` are those of the first picture.
    """

    index: int
    codec: str
    width: int
    height: int
    frame_rate: Rational
    start_s: float
    duration_s: float
    profile: str | None = None
    pixel_format: str | None = None
    sample_aspect: Rational = Rational(1, 1)
    rotation: int = 0
    interlaced: bool = False
    color_primaries: str | None = None
    color_transfer: str | None = None
    color_space: str | None = None
    color_range: str | None = None
    bitrate_bps: int | None = None
    pictures: PictureIndex | None = None
    mastering_display: MasteringDisplay | None = None
    content_light: ContentLight | None = None
    mirrored: bool = False
    delay_s: float = 0.0


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


class Grid(Value, frozen=True, kw_only=True):
    """The timeline of an asset, cut on frame indexes: ``frames`` slots of one frame each.

    A segment holds ``segment_frames`` slots, a closed group of pictures ``gop_frames``; the last may be shorter.
    ``cuts``, where they are given, are the slots with which segments after the first begin instead.
    """

    frame_rate: Rational
    frames: int
    segment_frames: int
    gop_frames: int
    cuts: list[int] | None = None

    @property
    def duration_s(self) -> float:
        """Return the length of the timeline in seconds."""
        return float(self.frames / self.frame_rate.fraction)

    @property
    def segment_starts(self) -> list[int]:
        """Return the slot with which each segment begins."""
        return [0, *(range(self.segment_frames, self.frames, self.segment_frames) if self.cuts is None else self.cuts)]

    def segment_at(self, frame: int) -> int:
        """Return the number of the segment that a slot is in."""
        return frame // self.segment_frames if self.cuts is None else bisect_right(self.cuts, frame)


class Chunk(Value, frozen=True, kw_only=True):
    """A unit of work: slots ``first_frame`` up to, not including, ``end_frame``."""

    index: int
    first_frame: int
    end_frame: int


class Rung(Value, frozen=True, kw_only=True):
    """One step of the ladder: even sizes in pixels, ``bitrate_bps`` is the most it may use on average.

    It shows every ``frame_step``-th slot of the grid, and is cut into the same segments.
    ``predicted_bitrate_bps`` is what it will use on average, where that was measured.
    """

    name: str
    width: int
    height: int
    bitrate_bps: int
    codec: str = "h264"
    frame_step: int = 1
    dynamic_range: DynamicRange = "sdr"
    predicted_bitrate_bps: int | None = None


class RungSet(Value, frozen=True, kw_only=True):
    """Rungs beside the ladder's own that a task encodes together: of one codec and range, with one ``preset``."""

    name: str
    preset: str
    rungs: list[Rung]


class CopiedRung(Value, frozen=True, kw_only=True):
    """The rung called ``name`` is the original's own pictures; it is cut where they allow it, not at the grid.

    ``segments`` are lengths in slots, ``chunks`` its shares. ``ladder_bitrate_bps`` is what the ladder grants the rung
    that it stands in for.
    """

    name: str
    segments: list[int]
    chunks: list[Chunk]
    ladder_bitrate_bps: int | None = None


class AudioTrack(Value, frozen=True, kw_only=True):
    """One audio rendition to make of the source's stream ``stream_index``.

    ``copied``: it is the original's own packets; else ``non_standard_input`` holds stable codes of why it cannot be.
    ``priming_samples`` of it lie before the timeline's origin. ``title`` is for people; ``describes_video``: a voice
    tells what is to be seen. A plan's first track is the one that is heard unless somebody chooses otherwise.
    With a ``target_lufs`` the whole track is made so loud, by one gain, as far as its true peak then stays below
    ``ceiling_dbtp``.
    """

    name: str
    stream_index: int
    channels: int
    bitrate_bps: int
    sample_rate_hz: int = 48_000
    codec: str = "aac"
    language: str | None = None
    copied: bool = False
    non_standard_input: list[str] = []
    priming_samples: int = AAC_PRIMING_SAMPLES
    title: str = ""
    describes_video: bool = False
    target_lufs: float | None = None
    ceiling_dbtp: float = 0.0


class IFrame(Value, frozen=True, kw_only=True):
    """A picture that decodes alone: the bytes of its segment from ``offset_bytes`` on, ``size_bytes`` long.

    The range begins at a fragment and ends with the picture; ``duration_ticks`` reaches to the next such picture.
    """

    offset_bytes: int
    size_bytes: int
    duration_ticks: int


class Segment(Value, frozen=True, kw_only=True):
    """One delivered media segment; its key follows from asset, recipe, rendition and ``number``.

    ``duration_ticks`` counts the rendition's timescale. ``md5`` is what most stores give a plainly written object as
    its etag, so that a listing shows whether it lies there as it was made. ``samples`` counts pictures or frames of
    sound. Old facts state neither.
    """

    number: int
    duration_ticks: int
    size_bytes: int
    sha256: str
    iframes: list[IFrame] = []
    md5: str = ""
    samples: int = 0


class EncodedRendition(Value, frozen=True, kw_only=True):
    """The segments that one task made for one rendition, such as ``video/720p`` or ``audio/main``.

    ``codecs`` is the RFC 6381 string; ``timescale`` is ticks per second. ``gain_db`` is by how much sound was made
    louder, where it was to be; ``code`` is why nothing of it can be heard, where that is known.
    """

    rendition: str
    codecs: str
    timescale: int
    init_sha256: str
    segments: list[Segment]
    gain_db: float | None = None
    code: str = ""


class Rendition(Value, frozen=True, kw_only=True):
    """One finished rendition; bandwidths are measured on its real segments (RFC 8216 §4.3.4.2).

    ``iframes_key`` is the playlist of its key pictures, where it has one.
    """

    rendition: str
    codecs: str
    playlist_key: str
    duration_s: float
    size_bytes: int
    segments: int
    bandwidth_bps: int
    average_bandwidth_bps: int
    width: int | None = None
    height: int | None = None
    frame_rate: Rational | None = None
    channels: int | None = None
    iframes_key: str | None = None


class Flaw(Value, frozen=True, kw_only=True):
    """What is wrong with the object ``key``; ``code`` is stable, ``message`` says it in a sentence."""

    code: str
    key: str
    message: str


class Snippet(Value, frozen=True, kw_only=True):
    """A piece of a source, encoded small and with constant quality to see what it takes.

    ``start_s`` is on the asset's timeline; bits per pixel are of the small picture. ``growth`` is how many times as
    much the same takes at the largest size.
    """

    start_s: float
    duration_s: float
    bitrate_bps: int
    bits_per_pixel: float
    growth: float


class Forecast(Value, frozen=True, kw_only=True):
    """What a rung will take, on average: ``wanted_bps`` if nothing held it back, ``bitrate_bps`` below its cap."""

    rung: str
    wanted_bps: int
    bitrate_bps: int


class Receipt(Value, frozen=True, kw_only=True):
    """What a rendition gives for its bits.

    ``bitrate_bps`` is the average of what was really made. ``xpsnr_db`` is its likeness to the source at its own size,
    over the segments in ``sampled``. ``saved_bytes`` is by how much it is smaller than at the full bitrate that the
    ladder grants it. Of a copied rendition every picture is the source's own, so its likeness is not stated.

    Of sound: loudness over the whole track in LUFS, None where it is silent, the range of it in LU, and the true peak
    in dBTP; ``gain_db`` is by how much it was made louder, None where nobody asked for that.
    Source: EBU R 128, EBU Tech 3341 and 3342, ITU-R BS.1770.
    """

    rendition: str
    bitrate_bps: int
    predicted_bitrate_bps: int | None = None
    saved_bytes: int | None = None
    xpsnr_db: float | None = None
    sampled: list[int] = []
    copied: bool = False
    integrated_lufs: float | None = None
    loudness_range_lu: float | None = None
    true_peak_dbtp: float | None = None
    gain_db: float | None = None
