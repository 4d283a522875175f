"""How long a stream is: by its index where there is one, else by what the container says, else by reading its end."""

from bisect import bisect_right
from fractions import Fraction
from math import floor

from av.container import InputContainer
from av.stream import Stream

from services.runtime.media_packets import up_to_damage

_MICROSECOND = Fraction(1, 1_000_000)
_INDEXED_FORMAT = "mov"
# These say when a stream ends on the container's clock, not how long it is.
_FORMATS_WITH_ENDS = ("matroska",)
_FORMAT_OF_LONGEST = "flv"
_SPARSE_FORMAT = "mpeg"
_TAIL_S = 3


def indexed_times_s(container: InputContainer, stream: Stream, most: int) -> list[Fraction]:
    """Return the decode times in seconds of the first samples in a whole index; none where there is no such index."""
    if not container.format.name.startswith(_INDEXED_FORMAT):
        return []
    return [entry.timestamp * time_base(stream) for entry in stream.index_entries[:most] if not entry.is_discard]


def stated_duration_s(container: InputContainer, stream: Stream, start_s: Fraction) -> Fraction | None:
    """Return the length of a stream, or None where nothing states it; Flash Video states only that of the longest."""
    if container.format.name == _FORMAT_OF_LONGEST:
        return None
    if stream.duration is not None:
        stated_s = stream.duration * time_base(stream)
        return stated_s - start_s if _states_end(container, stream) else stated_s
    end_s = _clock_s(stream.metadata.get("DURATION"))
    if end_s is None and container.duration is not None:
        end_s = container.duration * _MICROSECOND
    if end_s is not None and container.format.name.startswith(_FORMATS_WITH_ENDS):
        end_s -= start_s
    return end_s


def states_vaguely(container: InputContainer, stream: Stream) -> bool:
    """Tell whether what is stated is no length to rely on, while the end of the stream is quickly found.

    FFmpeg reads the length of MPEG program streams from the last time stamp, which many pictures may follow.
    """
    return container.format.name == _SPARSE_FORMAT or _states_end(container, stream)


def tail_ends_s(container: InputContainer, stream: Stream, end_s: Fraction) -> dict[int, Fraction]:
    """Return when streams end, by stream index, from the last packets before a stream's stated end."""
    container.seek(floor((end_s - _TAIL_S) / time_base(stream)), stream=stream)
    return ends_s(container)


def ends_s(container: InputContainer) -> dict[int, Fraction]:
    """Return when each stream's last packet ends, by stream index; reads from where the container is to its end."""
    ends: dict[int, Fraction] = {}
    for packet in up_to_damage(container.demux()):
        if packet.pts is not None:
            end = (packet.pts + (packet.duration or 0)) * packet.time_base
            ends[packet.stream_index] = max(end, ends.get(packet.stream_index, end))
    return ends


def stated_end_s(container: InputContainer) -> Fraction | None:
    """Return when a file's last stream ends on its clock, as Flash Video states it; None elsewhere."""
    if container.format.name != _FORMAT_OF_LONGEST or container.duration is None:
        return None
    return container.duration * _MICROSECOND


def time_base(stream: Stream) -> Fraction:
    """Return the unit of a stream's timestamps in seconds."""
    assert stream.time_base is not None
    return stream.time_base


def cut_duration_s(container: InputContainer, stream: Stream, size_bytes: int) -> Fraction | None:
    """Return how much of an indexed stream lies within the file, or None if all of it does or nothing is known."""
    if not container.format.name.startswith(_INDEXED_FORMAT):
        return None
    entries = stream.index_entries
    inside = bisect_right(range(len(entries)), size_bytes, key=lambda n: entries[n].pos + entries[n].size)
    if inside == len(entries):
        return None
    times = [entry.timestamp for entry in entries[:inside] if not entry.is_discard]
    if not times:
        return Fraction(0)
    step = (times[-1] - times[0]) // max(1, len(times) - 1)
    return (times[-1] - times[0] + step) * time_base(stream)


def _states_end(container: InputContainer, stream: Stream) -> bool:
    """Tell whether a stream is MP4 in fragments with an index, which says when it ends on its own clock."""
    entries = stream.index_entries
    if not container.format.name.startswith(_INDEXED_FORMAT) or stream.frames or not len(entries):
        return False
    if stream.duration is None:
        return False
    covered = entries[len(entries) - 1].timestamp - entries[0].timestamp
    return covered + 2 * covered // len(entries) < stream.duration


def _clock_s(text: str | None) -> Fraction | None:
    """Return the seconds that ``HH:MM:SS.fraction`` says."""
    if text is None or text.count(":") != 2:  # noqa: PLR2004 (hours, minutes, seconds)
        return None
    hours, minutes, seconds = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + Fraction(seconds)
