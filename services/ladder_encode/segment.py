"""What media code hands to the handler: one finished segment after another, as bytes."""

import msgspec

from contracts.v1 import IFrame


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What a player needs before a rendition's first segment; ``codecs`` is the RFC 6381 string.

    ``gain_db`` is by how much sound was made louder, where it was to be; ``code`` is why it is silent, where that is no
    wish of its author.
    """

    init: bytes
    codecs: str
    timescale: int
    gain_db: float | None = None
    code: str = ""


class EncodedSegment(msgspec.Struct, frozen=True, kw_only=True, tag="segment"):
    """One segment of one rendition; ``duration_ticks`` counts ``timescale``, ``samples`` pictures or frames of sound.

    The first segment that a task yields for a rendition carries the rendition's header.
    """

    rendition: str
    number: int
    duration_ticks: int
    data: bytes
    samples: int
    iframes: list[IFrame] = []
    header: Header | None = None


class Refusal(msgspec.Struct, frozen=True, kw_only=True, tag="refusal"):
    """Why what was to be copied cannot be; nothing comes after it. ``code`` is stable."""

    code: str
    message: str
