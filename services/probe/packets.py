"""What a container's whole index says of an audio stream's packets. Pure but for the index."""

from fractions import Fraction

from av.audio.stream import AudioStream
from av.container import InputContainer

from contracts.v1 import PacketIndex
from services.probe.extent import time_base
from services.probe.pictures import is_constant

_INDEXED_FORMAT = "mov"
_CODEC = "aac"
_FRAME_SAMPLES = 1024
_LEAST_COVERED = Fraction(9, 10)


def packet_index(
    container: InputContainer, stream: AudioStream, size_bytes: int, duration_s: Fraction
) -> PacketIndex | None:
    """Return the index of a stream of AAC, or None where packets do not follow each other or it does not cover them.

    ``size_bytes`` is the file's; what an edit list hides before the stream's start is counted too.
    """
    context = stream.codec_context
    if not container.format.name.startswith(_INDEXED_FORMAT) or context.name != _CODEC:
        return None
    frame_samples, rate_hz = context.frame_size or _FRAME_SAMPLES, context.sample_rate
    entries = [(entry.timestamp, entry.size, entry.pos) for entry in stream.index_entries]
    # That of a file in fragments grows while they are read.
    covered = len(entries) * frame_samples >= duration_s * _LEAST_COVERED * rate_hz
    if not entries or not covered or any(at + size > size_bytes for _, size, at in entries):
        return None
    ticks = Fraction(frame_samples, rate_hz) / time_base(stream)
    times = [time for time, _, _ in entries]
    if not is_constant(times, 1 / ticks):
        return None
    return PacketIndex(
        packets=len(entries),
        packet_samples=frame_samples,
        first_sample=round(times[0] * time_base(stream) * rate_hz),
        size_bytes=sum(size for _, size, _ in entries),
    )
