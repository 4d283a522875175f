"""What an original's pictures are: their sizes, times and colours."""

import msgspec

from contracts.base import Value
from contracts.v1.timeline import Rational


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
