"""Looks at segments as a player would: takes them apart and decodes pictures and sound; synchronous, in a child.

Of pictures those are decoded that need no others, of sound all: the first tells whether encoder and initialisation
segment fit and costs a tenth of decoding all of them.
"""

from io import BytesIO
from typing import Any

import av
import msgspec
from av.audio.stream import AudioStream
from av.codec.context import CodecContext
from av.packet import Packet
from av.video.stream import VideoStream

from services.finalize.boxes import Sample, samples_of


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What a segment holds; ``begins_ticks`` and ``lasts_ticks`` count the rendition's timescale.

    ``error`` is what keeps it from being played, if anything does: half a sentence.
    """

    begins_ticks: int = 0
    lasts_ticks: int = 0
    samples: int = 0
    begins_with_sync: bool = False
    error: str = ""


def look_at(init: bytes, segments: list[bytes]) -> list[Seen]:
    """Return what each segment of a rendition holds."""
    try:
        with av.open(BytesIO(init), "r", format="mp4") as described:
            (stream,) = described.streams
            assert isinstance(stream, VideoStream | AudioStream)
            stream.codec_context.thread_count = 1
            # Rather than guess what is missing, fail.
            stream.codec_context.options = {"err_detect": "explode"}
            return [_seen(stream.codec_context, segment, all_samples=stream.type == "audio") for segment in segments]
    except (av.error.FFmpegError, ValueError) as error:
        return [Seen(error=f"cannot be opened: {error}") for _ in segments]


def _seen(decoder: "CodecContext", segment: bytes, *, all_samples: bool) -> Seen:
    try:
        samples = samples_of(segment)
    except ValueError as error:
        return Seen(error=str(error))
    chosen = [sample for sample in samples if all_samples or sample.is_sync]
    decoded = _decoded(decoder, segment, chosen)
    return Seen(
        begins_ticks=min(sample.pts for sample in samples),
        lasts_ticks=sum(sample.duration for sample in samples),
        samples=len(samples),
        begins_with_sync=samples[0].is_sync,
        error="" if decoded == len(chosen) else f"decodes to {decoded} of {len(chosen)} pictures or frames",
    )


def _decoded(decoder: Any, segment: bytes, samples: list[Sample]) -> int:
    """Return how many pictures or frames of sound come of samples, up to the first sample that cannot be decoded."""
    decoder.flush_buffers()
    count = 0
    try:
        for sample in samples:
            packet = Packet(segment[sample.offset : sample.offset + sample.size])
            packet.pts = packet.dts = sample.pts
            count += len(decoder.decode(packet))
        return count + len(decoder.decode(None))
    except av.error.FFmpegError:
        return count
    finally:
        decoder.flush_buffers()
