"""The rung that is the original's own pictures: its size, and where it is cut. Pure."""

from bisect import bisect_left
from fractions import Fraction
from itertools import accumulate, pairwise

from msgspec.structs import replace

from contracts.v1 import CopiedRung, Grid, PictureIndex, Rung, VideoStream
from services.plan.grid import SEGMENT_S, chunked


def copied_rung(video: VideoStream, encoded: Rung) -> tuple[Rung, CopiedRung]:
    """Return the rung that takes the place of an encoded one, and how it is made."""
    assert video.pictures is not None
    name = f"{min(video.width, video.height)}p"
    segments = segments_of(video.pictures, video.frame_rate.fraction)
    rung = Rung(name=name, width=video.width, height=video.height, bitrate_bps=video.bitrate_bps or encoded.bitrate_bps)
    chunks = chunked(segments)
    return rung, CopiedRung(name=name, segments=segments, chunks=chunks, ladder_bitrate_bps=encoded.bitrate_bps)


def cut_like(grid: Grid, copied: CopiedRung) -> Grid:
    """Return the grid with the copied rung's cuts.

    Some players take segments of one number to begin at one time in every rung, and would show pictures of another
    beside the sound by as much as they do not.
    """
    cuts = list(accumulate(copied.segments))[:-1]
    return replace(grid, cuts=[cut for cut in cuts if cut < grid.frames])


def segments_of(pictures: PictureIndex, frame_rate: Fraction) -> list[int]:
    """Return the lengths in frames of segments that are cut at the key picture nearest to every fourth second."""
    keys = list(accumulate(pictures.groups, initial=0))
    step = 2 * round(SEGMENT_S * frame_rate / 2)
    cuts = {0, pictures.frames, *(_nearest(keys, at) for at in range(step, pictures.frames, step))}
    return [end - begin for begin, end in pairwise(sorted(cuts))]


def _nearest(keys: list[int], frame: int) -> int:
    after = bisect_left(keys, frame)
    return min(keys[max(0, after - 1) : after + 1], key=lambda key: abs(key - frame))
