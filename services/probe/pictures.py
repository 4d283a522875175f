"""What a container's index says of a stream's pictures, and whether its key pictures stand alone as it claims."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import av
from av.container import InputContainer
from av.index import IndexEntry
from av.stream import Discard
from av.video.stream import VideoStream
from msgspec.structs import replace

from contracts.v1 import PictureIndex, Probe
from contracts.v1 import VideoStream as Stated
from services.probe.extent import time_base
from services.runtime.media_h264 import INSTANTANEOUS_REFRESH, first_picture_unit

_INDEXED_FORMAT = "mov"
_SAMPLED = 4
_LEAST_GROUP_S = 1


def with_pictures(probe: Probe, container: InputContainer) -> Probe:
    """Return a probe that states the index of its first video, if there is one; reads a few key pictures of H.264.

    The container is left somewhere else, with only that stream on.
    """
    if not probe.video or not container.format.name.startswith(_INDEXED_FORMAT):
        return probe
    first, *others = probe.video
    stream = container.streams[first.index]
    assert isinstance(stream, VideoStream)
    entries = list(stream.index_entries)
    if any(entry.pos + entry.size > probe.size_bytes for entry in entries):
        return probe
    return replace(probe, video=[replace(first, pictures=_picture_index(container, stream, entries, first)), *others])


def _picture_index(
    container: InputContainer, stream: VideoStream, entries: Sequence[IndexEntry], stated: Stated
) -> PictureIndex | None:
    """Return what the index says, or None where it does not cover the stream."""
    rate, duration_s = stated.frame_rate.fraction, Fraction(stated.duration_s)
    shown = [entry for entry in entries if not entry.is_discard]
    keys = [number for number, entry in enumerate(shown) if entry.is_keyframe]
    times = [entry.timestamp for entry in shown]
    # That of a file in fragments grows while they are read.
    if not shown or (times[-1] - times[0]) * time_base(stream) < duration_s - 1:
        return None
    start = round(Fraction(stated.start_s) / time_base(stream))
    lengths = [end - begin for begin, end in pairwise(sorted({0, *keys, len(shown)}))]
    return PictureIndex(
        frames=len(shown),
        groups=_joined(lengths, round(_LEAST_GROUP_S * rate)),
        longest_group=max(lengths),
        hidden=len(entries) - len(shown),
        constant_rate=is_constant(times, rate * time_base(stream)) and 2 * abs(duration_s * rate - len(shown)) < 1,
        closed_groups=stated.codec == "h264"
        and shown[0].is_keyframe
        and _stand_alone(container, stream, [times[number] for number in _spread(keys[1:])], start - times[0]),
    )


def is_constant(times: Sequence[int], rate: Fraction) -> bool:
    """Tell whether all of successive times lie less than half a picture from a steady rate, in pictures per tick."""
    # Whole numbers, because hours of video have a million pictures.
    pictures, ticks, first = rate.numerator, rate.denominator, times[0]
    return all(2 * abs((at - first) * pictures - number * ticks) < ticks for number, at in enumerate(times))


def _joined(lengths: Sequence[int], least: int) -> list[int]:
    """Return lengths of groups, those that are too short together with what follows."""
    joined = [0]
    for length in lengths:
        if joined[-1] >= least:
            joined.append(0)
        joined[-1] += length
    return joined


def _spread(numbers: Sequence[int]) -> list[int]:
    """Return a few numbers, the first and the last among them."""
    if len(numbers) <= _SAMPLED:
        return [*numbers]
    last = len(numbers) - 1
    return [numbers[last * n // (_SAMPLED - 1)] for n in range(_SAMPLED)]


def _stand_alone(container: InputContainer, stream: VideoStream, times: Sequence[int], delay: int) -> bool:
    for other in container.streams:
        other.discard = Discard.default if other is stream else Discard.all
    return all(_refreshes(container, stream, time, delay) for time in times)


def _refreshes(container: InputContainer, stream: VideoStream, time: int, delay: int) -> bool:
    # Seeking wants to know when a picture is shown; the index knows when it is decoded.
    container.seek(time + delay, stream=stream)
    try:
        packet = next(container.demux(stream))
    except av.error.InvalidDataError:
        return False
    if packet.dts != time or packet.has_sidedata("new_extradata"):
        return False
    return first_picture_unit(bytes(packet), stream.codec_context.extradata or b"") == INSTANTANEOUS_REFRESH
