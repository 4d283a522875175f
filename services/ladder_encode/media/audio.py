"""Encode one audio track over the whole timeline as AAC, or copy it, cut near the video's segment boundaries.

Segment ``n`` starts with the AAC frame that begins nearest to video segment ``n``. The encoder's priming, one frame,
lies before the timeline's origin, so sound and picture start together.
"""

from collections.abc import Iterable, Iterator
from itertools import chain

from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.packet import Packet

from contracts.v1 import TIMELINE_ORIGIN_S, EncodeAudio
from services.ladder_encode.media.codecs import aac_codecs
from services.ladder_encode.media.copy_audio import copy_audio
from services.ladder_encode.media.gain import gain_db_of
from services.ladder_encode.media.mp4 import Written, initialisation_segment, media_segment, open_muxer
from services.ladder_encode.media.sound import LAYOUTS, segment_starts, timeline_silence, timeline_sound
from services.ladder_encode.segment import EncodedSegment, Header, Refusal


def encode_audio(url: str, task: EncodeAudio) -> Iterator[EncodedSegment | Refusal]:
    """Yield the track's segments, as many as the video has, each as soon as it is complete.

    Of sound of which nothing can be decoded it is a silent track, whose header says so: pictures need no sound.

    Raises: what opening and reading the original raises.
    """
    if task.track.copied:
        yield from copy_audio(url, task)
        return
    gain_db = gain_db_of(url, task)
    frames = timeline_sound(url, task, gain_db or 0.0)
    first = next(frames, None)
    encoder = TrackEncoder(task, gain_db, "undecodable_audio" if first is None else "")
    for frame in timeline_silence(task) if first is None else chain((first,), frames):
        yield from encoder.encode(frame)
    yield from encoder.finish()


class TrackEncoder:
    """Encodes frames of 1024 samples and cuts the result at the segments' starts."""

    def __init__(self, task: EncodeAudio, gain_db: float | None, code: str) -> None:
        """Open the encoder; ``gain_db`` is what was done to the frames, ``code`` what was not, to be told."""
        track = task.track
        self._rendition = f"audio/{track.name}"
        self._rate_hz = track.sample_rate_hz
        self._starts = segment_starts(task)
        written = Written()
        self._container = open_muxer(written, self._rate_hz)
        self._stream = self._container.add_stream("aac", rate=self._rate_hz, bit_rate=track.bitrate_bps)
        self._stream.codec_context.layout = LAYOUTS[track.channels]
        init = initialisation_segment(self._container, written)
        codecs = aac_codecs(self._stream.codec_context.extradata or b"")
        self._header: Header | None = Header(
            init=init, codecs=codecs, timescale=self._rate_hz, gain_db=gain_db, code=code
        )
        self._packets: list[Packet[AudioStream]] = []
        self._number = 0
        self._frames = 0

    def encode(self, frame: AudioFrame) -> Iterator[EncodedSegment]:
        """Take a frame; yield the segments that are complete."""
        yield from self._cut(self._stream.encode(frame))

    def finish(self) -> Iterator[EncodedSegment]:
        """Yield the segments that remain."""
        yield from self._cut(self._stream.encode(None))
        yield self._segment()

    def _cut(self, packets: "Iterable[Packet[AudioStream]]") -> Iterator[EncodedSegment]:
        for packet in packets:
            if self._starts[self._number + 1 : self._number + 2] == [self._frames]:
                yield self._segment()
            self._frames += 1
            assert packet.pts is not None
            packet.pts = packet.dts = TIMELINE_ORIGIN_S * self._rate_hz + packet.pts
            self._packets.append(packet)

    def _segment(self) -> EncodedSegment:
        segment = EncodedSegment(
            rendition=self._rendition,
            number=self._number,
            duration_ticks=sum(packet.duration or 0 for packet in self._packets),
            data=media_segment(self._stream, self._rate_hz, self._packets, self._number + 1),
            samples=len(self._packets),
            header=self._header,
        )
        self._packets, self._header = [], None
        self._number += 1
        return segment
