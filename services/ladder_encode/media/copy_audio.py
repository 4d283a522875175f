"""Repackage an original's own AAC as a track: nothing is decoded, only times and boxes are new.

Each packet keeps its place to the sample: the track begins with the packet that the plan counts as priming.
"""

from collections.abc import Iterator
from fractions import Fraction
from itertools import islice, pairwise

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard

from contracts.v1 import TIMELINE_ORIGIN_S, EncodeAudio
from services.ladder_encode.media.codecs import aac_channel_configuration, aac_codecs
from services.ladder_encode.media.mp4 import Written, initialisation_segment, media_segment, open_muxer
from services.ladder_encode.media.sound import AAC_FRAME_SAMPLES, frames_needed, segment_starts
from services.ladder_encode.segment import EncodedSegment, Header, Refusal
from services.runtime.media_open import open_original, original_errors

SOUND_NOT_TRUE = Refusal(
    code="sound_not_true", message="The sound is not what the file's index says of it; it is encoded instead."
)
CHANNELS_UNSTATED = Refusal(
    code="channels_unstated", message="Only the sound itself says which channels it has; it is encoded instead."
)

Packets = list["Packet[AudioStream]"]


def copy_audio(url: str, task: EncodeAudio) -> Iterator[EncodedSegment | Refusal]:
    """Yield the track's segments, as many as the video has, each as soon as it is read; or why that cannot be.

    Raises: what opening and reading the original raises.
    """
    index = task.source.packets
    assert index is not None
    wanted_sample = round(Fraction(task.timeline_start_s) * task.track.sample_rate_hz) - task.track.priming_samples
    first = (wanted_sample - index.first_sample) // AAC_FRAME_SAMPLES
    count = min(index.packets - first, frames_needed(task))
    # Sound may end a little before a last segment that is shorter than that; no segment is empty.
    starts = [min(start, count - 1) for start in segment_starts(task)]
    with original_errors(), open_original(url) as container:
        stream = _only(container, task.source.index)
        if not aac_channel_configuration(stream.codec_context.extradata or b""):
            # Browsers refuse it.
            yield CHANNELS_UNSTATED
            return
        repackager = Repackager(task, stream)
        packets = islice(container.demux(stream), first, None)
        at = index.first_sample + first * AAC_FRAME_SAMPLES
        for number, (begin, end) in enumerate(pairwise([*starts, count])):
            own = _read(packets, end - begin)
            if len(own) < end - begin or not _follow(own, at + begin * AAC_FRAME_SAMPLES, task.track.sample_rate_hz):
                yield SOUND_NOT_TRUE
                return
            yield repackager.segment(number, begin, own)


class Repackager:
    """Makes segments of packets as they were read."""

    def __init__(self, task: EncodeAudio, stream: AudioStream) -> None:
        """Make the initialisation segment."""
        self._stream = stream
        self._rendition = f"audio/{task.track.name}"
        self._rate_hz = task.track.sample_rate_hz
        self._origin = TIMELINE_ORIGIN_S * self._rate_hz - task.track.priming_samples
        written = Written()
        container = open_muxer(written, self._rate_hz)
        copy = container.add_stream_from_template(stream, opaque=True)
        copy.time_base = Fraction(1, self._rate_hz)
        init = initialisation_segment(container, written)
        codecs = aac_codecs(stream.codec_context.extradata or b"")
        self._header: Header | None = Header(init=init, codecs=codecs, timescale=self._rate_hz)

    def segment(self, number: int, first: int, packets: Packets) -> EncodedSegment:
        """Return a segment of successive packets, of which the first is the track's packet ``first``."""
        for place, packet in enumerate(packets, first):
            packet.pts = packet.dts = self._origin + place * AAC_FRAME_SAMPLES
            packet.duration, packet.time_base = AAC_FRAME_SAMPLES, Fraction(1, self._rate_hz)
        segment = EncodedSegment(
            rendition=self._rendition,
            number=number,
            duration_ticks=len(packets) * AAC_FRAME_SAMPLES,
            data=media_segment(self._stream, self._rate_hz, packets, number + 1),
            samples=len(packets),
            header=self._header,
        )
        self._header = None
        return segment


def _only(container: InputContainer, index: int) -> AudioStream:
    for stream in container.streams:
        stream.discard = Discard.default if stream.index == index else Discard.all
    audio = container.streams[index]
    assert isinstance(audio, AudioStream)
    return audio


def _read(packets: "Iterator[Packet[AudioStream]]", count: int) -> Packets:
    """Return that many packets, or as many as can be read."""
    read: Packets = []
    try:
        read.extend(packet for packet in islice(packets, count) if packet.size)
    except av.error.InvalidDataError:
        return read
    return read


def _follow(packets: Packets, first_sample: int, rate_hz: int) -> bool:
    """Tell whether packets are of the stream's one kind, each where it belongs."""
    return all(
        packet.dts is not None
        and not packet.is_corrupt
        and not packet.has_sidedata("new_extradata")
        and 2 * abs(packet.dts * packet.time_base * rate_hz - first_sample - number * AAC_FRAME_SAMPLES)
        < AAC_FRAME_SAMPLES
        for number, packet in enumerate(packets)
    )
