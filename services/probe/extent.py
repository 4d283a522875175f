"""How long a stream is: by its index where there is one, else by what the container says, else by reading it."""

import re
from bisect import bisect_right
from fractions import Fraction

from av.container import InputContainer
from av.stream import Stream

from services.runtime.media_open import open_original

_MICROSECOND = Fraction(1, 1_000_000)
_INDEXED_FORMAT = "mov"
# These say when a stream ends on the container's clock, not how long it is.
_FORMATS_WITH_ENDS = ("matroska", "flv")
# Program streams have a time for each pack of pictures only, and FFmpeg takes the last pack's for the end.
_COARSE_FORMAT = "mpeg"
_TAIL_S = 5
_CLOCK = re.compile(r"(\d+):(\d+):(\d+(?:\.\d+)?)")


def indexed_times_s(container: InputContainer, stream: Stream, most: int) -> list[Fraction]:
    """Return the decode times in seconds of the first samples in a whole index; none where there is no such index."""
    if not container.format.name.startswith(_INDEXED_FORMAT):
        return []
    return [entry.timestamp * time_base(stream) for entry in stream.index_entries[:most] if not entry.is_discard]


def duration_s(url: str, container: InputContainer, stream: Stream, start_s: Fraction, size_bytes: int) -> Fraction:
    """Return the length in seconds of a stream that starts at ``start_s``, no more than the file holds."""
    stated_s = _stated_s(container, stream, start_s, size_bytes)
    if stated_s is None or container.format.name == _COARSE_FORMAT:
        stated_s = _measured_end_s(url, stream, stated_s and start_s + stated_s) - start_s
    return max(stated_s, Fraction(0))


def _stated_s(container: InputContainer, stream: Stream, start_s: Fraction, size_bytes: int) -> Fraction | None:
    """Return the length that index or header state, or None."""
    if container.format.name.startswith(_INDEXED_FORMAT):
        cut_s = _cut_duration_s(stream, size_bytes)
        if cut_s is not None:
            return cut_s
    if stream.duration is not None:
        return stream.duration * time_base(stream)
    ends_s = [] if container.duration is None else [container.duration * _MICROSECOND]
    # An editor may have left a stream's own statement behind, so it never makes the file longer.
    clock = _CLOCK.fullmatch(stream.metadata.get("DURATION", ""))
    if clock is not None:
        ends_s.append(int(clock[1]) * 3600 + int(clock[2]) * 60 + Fraction(clock[3]))
    if not ends_s:
        return None
    return min(ends_s) - (start_s if container.format.name.startswith(_FORMATS_WITH_ENDS) else 0)


def _measured_end_s(url: str, stream: Stream, about_s: Fraction | None) -> Fraction:
    """Return when a stream's last packet ends; reads the file, or only what lies near the end it says it has."""
    end_s = Fraction(0)
    with open_original(url) as again:
        if about_s is not None:
            again.seek(int((about_s - _TAIL_S) / time_base(stream)), stream=again.streams[stream.index])
        for packet in again.demux(again.streams[stream.index]):
            if packet.pts is not None:
                end_s = max(end_s, (packet.pts + (packet.duration or 0)) * packet.time_base)
    return end_s


def time_base(stream: Stream) -> Fraction:
    """Return the unit of a stream's timestamps in seconds."""
    assert stream.time_base is not None
    return stream.time_base


def _cut_duration_s(stream: Stream, size_bytes: int) -> Fraction | None:
    """Return how much of an indexed stream lies within the file, or None if all of it does."""
    entries = stream.index_entries
    inside = bisect_right(range(len(entries)), size_bytes, key=lambda n: entries[n].pos + entries[n].size)
    if inside == len(entries):
        return None
    times = [entry.timestamp for entry in entries[:inside] if not entry.is_discard]
    if not times:
        return Fraction(0)
    step = (times[-1] - times[0]) // max(1, len(times) - 1)
    return (times[-1] - times[0] + step) * time_base(stream)
