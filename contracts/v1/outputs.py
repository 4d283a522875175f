"""What was made and lies in the store: segments, renditions of them, and what is wrong with some."""

from contracts.base import Value
from contracts.v1.timeline import Rational


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
