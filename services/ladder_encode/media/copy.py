"""Repackage an original's own pictures as a rung: nothing is decoded, only times and boxes are new.

Pictures keep their bytes and order. Their times move to the grid, slot 0 at the timeline's origin of 10 s, so a rung
that was copied plays beside those that were encoded.
"""

from collections.abc import Iterator
from fractions import Fraction
from itertools import islice

from av.packet import Packet
from av.video.stream import VideoStream

from contracts.v1 import TIMELINE_ORIGIN_S, CopyVideo
from services.ladder_encode.media.codecs import avc_codecs
from services.ladder_encode.media.iframes import group_durations_ticks, iframes_of
from services.ladder_encode.media.mp4 import Written, initialisation_segment, media_segment, open_muxer
from services.ladder_encode.media.slots import slot_at, ticks_of
from services.ladder_encode.media.source import only_stream
from services.ladder_encode.segment import EncodedSegment, Header
from services.runtime.errors import Permanent
from services.runtime.media_open import open_original, original_errors


def copy_video(url: str, task: CopyVideo) -> Iterator[EncodedSegment]:
    """Yield the segments of the copied rung, each as soon as it is read; the original is read once, in order.

    Raises: Permanent: ``index_not_true``, or what opening and reading the original raises.
    """
    with original_errors(), open_original(url) as container:
        stream = only_stream(container, task.source.index)
        packets = (packet for packet in container.demux(stream) if packet.size)
        repackager = Repackager(task, stream)
        for number, frames in enumerate(task.copied.segments):
            yield repackager.segment(number, list(islice(packets, frames)))


class Repackager:
    """Makes segments of pictures as they were read."""

    def __init__(self, task: CopyVideo, stream: VideoStream) -> None:
        """Make the initialisation segment."""
        self._task = task
        self._stream = stream
        self._rate = task.grid.frame_rate.fraction
        self._timescale, self._ticks = ticks_of(self._rate)
        written = Written()
        container = open_muxer(written, self._timescale)
        container.add_stream_from_template(stream, opaque=True)
        init = initialisation_segment(container, written)
        self._header: Header | None = Header(init=init, codecs=avc_codecs(init), timescale=self._timescale)
        self._decode_slot: int | None = None
        self._fragment = 1

    def segment(self, number: int, packets: "list[Packet[VideoStream]]") -> EncodedSegment:
        """Return a segment of successive pictures.

        Raises: Permanent: ``index_not_true``.
        """
        frames = self._task.copied.segments[number]
        if len(packets) < frames or not packets[0].is_keyframe:
            raise Permanent(
                "index_not_true", "The file's index does not fit its pictures; export the video again and upload that."
            )
        fragments = sum(packet.is_keyframe for packet in packets)
        for packet in packets:
            self._place(packet)
        data = media_segment(self._stream, self._timescale, packets, self._fragment)
        segment = EncodedSegment(
            rendition=f"video/{self._task.copied.name}",
            number=number,
            duration_ticks=frames * self._ticks,
            data=data,
            iframes=iframes_of(data, group_durations_ticks(packets)),
            header=self._header,
        )
        self._fragment += fragments
        self._header = None
        return segment

    def _place(self, packet: "Packet[VideoStream]") -> None:
        """Move a picture to its slot; pictures are decoded one slot after the other, whatever the original says."""
        assert packet.pts is not None
        assert packet.dts is not None
        if self._decode_slot is None:
            self._decode_slot = self._slot(packet.dts, packet.time_base)
        # Rounding may put a picture that is shown at once a slot before the one it is decoded in.
        shown_slot = max(self._slot(packet.pts, packet.time_base), self._decode_slot)
        origin = TIMELINE_ORIGIN_S * self._timescale
        packet.pts, packet.dts = origin + shown_slot * self._ticks, origin + self._decode_slot * self._ticks
        packet.duration, packet.time_base = self._ticks, Fraction(1, self._timescale)
        self._decode_slot += 1

    def _slot(self, ticks: int, time_base: Fraction) -> int:
        return slot_at(ticks * time_base - Fraction(self._task.source.start_s), self._rate)
