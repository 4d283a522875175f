"""The frame-index grid: a timeline cut into segments and chunks by counting frames, not by source keyframes."""

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate, pairwise

from contracts.v1 import Chunk, Grid, Rational, VideoStream

HIGHEST_FRAME_RATE = 60
SEGMENT_S = 4
SHORTEST_CHUNK_SEGMENTS = 4


def grid_of(video: VideoStream) -> Grid:
    """Return the grid of a source: 4 s segments of two groups of pictures each, at most 60 frames a second.

    Interlaced sources are planned at their field rate, because each field becomes a picture.
    """
    rate = video.frame_rate.fraction * (2 if video.interlaced else 1)
    rate /= math.ceil(rate / HIGHEST_FRAME_RATE)
    gop_frames = max(1, _round(2 * rate))
    return Grid(
        frame_rate=Rational(rate.numerator, rate.denominator),
        frames=max(1, _round(Fraction(video.duration_s) * rate)),
        segment_frames=2 * gop_frames,
        gop_frames=gop_frames,
    )


def chunks_of(grid: Grid) -> list[Chunk]:
    """Return the chunks of a grid: first a single segment, so that playing starts early, then 16 to 32 s each.

    What is left of a short one is cut in two, so that it keeps two cores busy.
    """
    return chunked([end - first for first, end in pairwise([*grid.segment_starts, grid.frames])])


def chunked(segments: Sequence[int]) -> list[Chunk]:
    """Return the chunks of a rendition whose segments have these lengths in frames."""
    ends = list(accumulate(segments, initial=0))
    bounds = list(accumulate([1, *_shares(len(segments) - 1)], initial=0))
    return [
        Chunk(index=index, first_frame=ends[first], end_frame=ends[end])
        for index, (first, end) in enumerate(pairwise(bounds))
    ]


def _shares(segments: int) -> list[int]:
    """Return what is left in nearly equal parts, larger ones first, so that cores end together."""
    parts = max(segments // SHORTEST_CHUNK_SEGMENTS, min(2, segments), 1)
    each, more = divmod(segments, parts)
    return [length for part in range(parts) if (length := each + (part < more))]


def _round(value: Fraction) -> int:
    return math.floor(value + Fraction(1, 2))
