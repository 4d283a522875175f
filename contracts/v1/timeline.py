"""The timeline of an asset, in exact numbers: a grid of frames that everything delivered keeps to."""

from bisect import bisect_right
from fractions import Fraction

import msgspec

from contracts.base import Value

TIMELINE_ORIGIN_S = 10
"""Where the timeline of every delivered segment begins, so that no time stamp is ever negative."""

AAC_PRIMING_SAMPLES = 1024
"""What an AAC decoder discards first; in delivered audio these samples lie before the origin."""


class Rational(msgspec.Struct, frozen=True, array_like=True):
    """An exact ratio, ``[num, den]`` on the wire."""

    num: int
    den: int

    @property
    def fraction(self) -> Fraction:
        """Return the ratio as a ``Fraction``."""
        return Fraction(self.num, self.den)


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
