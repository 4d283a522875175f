"""The frame-index grid: a timeline cut into segments and chunks by counting frames, not by source keyframes."""

import math
from fractions import Fraction

from contracts.v1 import Chunk, Grid, Rational, VideoStream

HIGHEST_FRAME_RATE = 60
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
    segments = math.ceil(grid.frames / grid.segment_frames)
    counts = [1, *_shares(segments - 1)]
    chunks, first = [], 0
    for index, count in enumerate(counts):
        end = min(grid.frames, first + count * grid.segment_frames)
        chunks.append(Chunk(index=index, first_frame=first, end_frame=end))
        first = end
    return chunks


def _shares(segments: int) -> list[int]:
    parts = max(segments // SHORTEST_CHUNK_SEGMENTS, min(2, segments), 1)
    return [n for i in range(parts) if (n := (i + 1) * segments // parts - i * segments // parts)]


def _round(value: Fraction) -> int:
    return math.floor(value + Fraction(1, 2))
