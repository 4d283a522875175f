"""Encode one chunk of video: decode once, scale down the ladder, a segment of each rung as soon as it is complete."""

from collections.abc import Iterator
from functools import partial

from contracts.v1 import EncodeVideo
from services.ladder_encode.media.rung import RungEncoder
from services.ladder_encode.media.threads import SideBySide, read_ahead
from services.ladder_encode.segment import EncodedSegment
from services.runtime.errors import Permanent
from services.runtime.media_graph import ScalingLadder
from services.runtime.media_slots import fill_slots
from services.runtime.media_source import slotted_pictures


def encode_video(url: str, task: EncodeVideo) -> Iterator[EncodedSegment]:
    """Yield the segments of the task's chunk for each rung; times count from the timeline's origin of 10 s.

    Raises: Permanent: ``undecodable_chunk``, or what opening and reading the original raises.
    """
    rungs = sorted(task.rungs, key=lambda rung: rung.width * rung.height, reverse=True)
    ladder = ScalingLadder(task.source, rungs)
    encoders = [RungEncoder(rung, task) for rung in rungs]
    rate, first, end = task.grid.frame_rate.fraction, task.chunk.first_frame, task.chunk.end_frame
    filled = 0
    pictures = read_ahead(fill_slots(slotted_pictures(url, task.source, rate, first), first, end))
    with SideBySide[EncodedSegment](len(encoders)) as threads:
        for picture, slots in pictures:
            filled += len(slots)
            pairs = zip(encoders, ladder.scaled(picture), strict=True)
            yield from threads.begin([partial(encoder.encode, scaled, slots) for encoder, scaled in pairs])
        if not filled:
            raise Permanent(
                "undecodable_chunk",
                f"Nothing can be decoded from {float(first / rate):.1f} s on; the file is damaged there, "
                "export it again.",
            )
        yield from threads.begin([encoder.finish for encoder in encoders])
        yield from threads.finish()
