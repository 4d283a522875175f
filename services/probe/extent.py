"""How long a stream is: by its index where there is one, else by what the container says, else by reading it."""

from bisect import bisect_right
from collections.abc import Iterable
from fractions import Fraction

from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream

_MICROSECOND = Fraction(1, 1_000_000)
_INDEXED_FORMAT = "mov"
# These say when a stream ends on the container's clock, not how long it is.
_FORMATS_WITH_ENDS = ("matroska", "flv")


def indexed_times_s(container: InputContainer, stream: Stream, most: int) -> list[Fraction]:
    """Return the decode times in seconds of the first samples in a whole index; none where there is no such index."""
    if not container.format.name.startswith(_INDEXED_FORMAT):
        return []
    return [entry.timestamp * time_base(stream) for entry in stream.index_entries[:most] if not entry.is_discard]


def stated_duration_s(container: InputContainer, stream: Stream, start_s: Fraction, size_bytes: int) -> Fraction | None:
    """Return the length of a stream, no more than the file holds, or None where nothing states it."""
    if container.format.name.startswith(_INDEXED_FORMAT):
        cut_s = _cut_duration_s(stream, size_bytes)
        if cut_s is not None:
            return cut_s
    if stream.duration is not None:
        return stream.duration * time_base(stream)
    end_s = _clock_s(stream.metadata.get("DURATION"))
    if end_s is None and container.duration is not None:
        end_s = container.duration * _MICROSECOND
    if end_s is not None and container.format.name.startswith(_FORMATS_WITH_ENDS):
        end_s -= start_s
    return end_s


def measured_end_s(packets: "Iterable[Packet[Stream]]") -> dict[int, Fraction]:
    """Return when each stream's last packet ends, by stream index; reads to the end."""
    ends: dict[int, Fraction] = {}
    for packet in packets:
        if packet.pts is not None:
            end = (packet.pts + (packet.duration or 0)) * packet.time_base
            ends[packet.stream_index] = max(end, ends.get(packet.stream_index, end))
    return ends


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


def _clock_s(text: str | None) -> Fraction | None:
    """Return the seconds that ``HH:MM:SS.fraction`` says."""
    if text is None or text.count(":") != 2:  # noqa: PLR2004 (hours, minutes, seconds)
        return None
    hours, minutes, seconds = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + Fraction(seconds)
