"""Bandwidths, measured on the segments that were really made. Pure."""

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction

import msgspec

from contracts.v1 import IFrame, Segment
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
    return _measured(delivered.segments, delivered.timescale, target_duration_s)


def measure_iframes(delivered: Delivered, target_duration_s: int) -> Bandwidth:
    """Return what it takes to show a rendition's key pictures, each as long as it stands; it must have some.

    Source: RFC 8216 §4.3.4.3.
    """
    return _measured([iframe for _, iframe in delivered.iframes], delivered.timescale, target_duration_s)


def _measured(parts: Sequence[Segment | IFrame], timescale: int, target_duration_s: int) -> Bandwidth:
    size_bytes, ticks = sum(part.size_bytes for part in parts), sum(part.duration_ticks for part in parts)
    average = Fraction(8 * size_bytes * timescale, ticks)
    peak = max(
        (
            Fraction(8 * size_bytes * timescale, ticks)
            for size_bytes, ticks in _runs(parts, most_ticks=target_duration_s * timescale * 3 // 2)
            if 2 * ticks >= target_duration_s * timescale
        ),
        default=average,
    )
    return Bandwidth(math.ceil(peak), math.ceil(average))


def _runs(parts: Sequence[Segment | IFrame], most_ticks: int) -> Iterator[tuple[int, int]]:
    """Yield size and length of every run of neighbours that is not too long."""
    for first in range(len(parts)):
        size_bytes = ticks = 0
        for part in parts[first:]:
            size_bytes += part.size_bytes
            ticks += part.duration_ticks
            if ticks > most_ticks:
                break
            yield size_bytes, ticks
