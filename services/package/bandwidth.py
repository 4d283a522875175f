"""Bandwidths, measured on the segments that were really made. Pure."""

import math
from collections.abc import Iterator
from fractions import Fraction

import msgspec

from services.package.fold import Delivered


class Bandwidth(msgspec.Struct, frozen=True):
    """What a rendition needs, in bits per second."""

    peak_bps: int
    average_bps: int

    def beside(self, other: "Bandwidth") -> "Bandwidth":
        """Return what two renditions need that are played together."""
        return Bandwidth(self.peak_bps + other.peak_bps, self.average_bps + other.average_bps)

    def at_least(self, bitrate_bps: int) -> "Bandwidth":
        """Return these bandwidths, raised to a planned one where they are below it."""
        return Bandwidth(max(self.peak_bps, bitrate_bps), max(self.average_bps, bitrate_bps))


def measure(delivered: Delivered, target_duration_s: int) -> Bandwidth:
    """Return a rendition's bandwidths; it must have a segment.

    The peak is the largest bit rate of any run of segments that lasts 0.5 to 1.5 target durations.

    Source: RFC 8216 §4.1 (peak and average segment bit rate).
    """
    timescale = delivered.timescale
    average = Fraction(8 * delivered.size_bytes * timescale, _ticks(delivered))
    peak = max(
        (
            Fraction(8 * size_bytes * timescale, ticks)
            for size_bytes, ticks in _runs(delivered, most_ticks=target_duration_s * timescale * 3 // 2)
            if 2 * ticks >= target_duration_s * timescale
        ),
        default=average,
    )
    return Bandwidth(math.ceil(peak), math.ceil(average))


def _ticks(delivered: Delivered) -> int:
    return sum(segment.duration_ticks for segment in delivered.segments)


def _runs(delivered: Delivered, most_ticks: int) -> Iterator[tuple[int, int]]:
    """Yield size and length of every run of neighbouring segments that is not too long."""
    for first in range(len(delivered.segments)):
        size_bytes = ticks = 0
        for segment in delivered.segments[first:]:
            size_bytes += segment.size_bytes
            ticks += segment.duration_ticks
            if ticks > most_ticks:
                break
            yield size_bytes, ticks
