from itertools import pairwise
from typing import Any

import pytest

from contracts.v1 import Rational, VideoStream
from services.plan.grid import chunks_of, grid_of


def source(rate: Rational, duration_s: float, **fields: Any) -> VideoStream:
    return VideoStream(
        index=0, codec="h264", width=64, height=36, frame_rate=rate, start_s=0, duration_s=duration_s, **fields
    )


@pytest.mark.parametrize(
    ("video", "rate", "frames", "segment_frames"),
    [
        (source(Rational(25, 1), 10), Rational(25, 1), 250, 100),
        (source(Rational(24000, 1001), 10.01), Rational(24000, 1001), 240, 96),
        (source(Rational(30000, 1001), 10.01), Rational(30000, 1001), 300, 120),
        (source(Rational(60000, 1001), 1.001), Rational(60000, 1001), 60, 240),
        (source(Rational(120, 1), 2), Rational(60, 1), 120, 240),
        (source(Rational(100, 1), 2), Rational(50, 1), 100, 200),
        (source(Rational(25, 1), 2, interlaced=True), Rational(50, 1), 100, 200),
        (source(Rational(25, 2), 8), Rational(25, 2), 100, 50),
        (source(Rational(1, 10), 60), Rational(1, 10), 6, 2),
        (source(Rational(25, 1), 0.001), Rational(25, 1), 1, 100),
    ],
)
def test_a_grid_counts_frames_at_the_sources_rate(
    video: VideoStream, rate: Rational, frames: int, segment_frames: int
) -> None:
    grid = grid_of(video)
    assert (grid.frame_rate, grid.frames, grid.segment_frames) == (rate, frames, segment_frames)
    assert grid.segment_frames == 2 * grid.gop_frames


@pytest.mark.parametrize("duration_s", [0.04, 4, 4.04, 10, 19, 20, 36, 60, 100.4, 3600, 36000])
def test_chunks_cover_the_timeline_in_whole_segments(duration_s: float) -> None:
    grid = grid_of(source(Rational(25, 1), duration_s))
    chunks = chunks_of(grid)
    assert chunks[0].first_frame == 0
    assert chunks[-1].end_frame == grid.frames
    assert all(one.end_frame == other.first_frame for one, other in pairwise(chunks))
    assert all(chunk.first_frame < chunk.end_frame for chunk in chunks)
    assert all(chunk.first_frame % grid.segment_frames == 0 for chunk in chunks)
    assert [chunk.index for chunk in chunks] == list(range(len(chunks)))


def test_the_first_chunk_is_one_segment_and_later_ones_are_16_to_32_seconds() -> None:
    for segments in range(9, 200):
        grid = grid_of(source(Rational(25, 1), segments * 4))
        first, *others = [(chunk.end_frame - chunk.first_frame) // grid.segment_frames for chunk in chunks_of(grid)]
        assert first == 1
        assert all(4 <= count <= 8 for count in others)


def test_what_follows_the_first_chunk_of_a_short_clip_keeps_two_cores_busy() -> None:
    for segments in range(3, 9):
        assert len(chunks_of(grid_of(source(Rational(25, 1), segments * 4)))) == 1 + 2


def test_later_chunks_are_never_longer_than_earlier_ones_so_that_cores_end_together() -> None:
    for segments in range(3, 200):
        lengths = [
            chunk.end_frame - chunk.first_frame for chunk in chunks_of(grid_of(source(Rational(25, 1), segments * 4)))
        ]
        assert lengths[1:] == sorted(lengths[1:], reverse=True)
        assert max(lengths[1:]) - min(lengths[1:]) <= 100
