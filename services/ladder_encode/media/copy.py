"""Repackage an original's own pictures as a rung: nothing is decoded, only times and boxes are new.

Pictures keep their bytes and order. Their times move to the grid, slot 0 at the timeline's origin of 10 s, so a rung
that was copied plays beside those that were encoded.
"""

from collections.abc import Iterator
from fractions import Fraction
from itertools import islice

import av
from av.packet import Packet
from av.video.stream import VideoStream

from contracts.v1 import TIMELINE_ORIGIN_S, CopyVideo
from services.ladder_encode.media.codecs import avc_codecs
from services.ladder_encode.media.iframes import group_durations_ticks, iframes_of
from services.ladder_encode.media.mp4 import Written, initialisation_segment, media_segment, open_muxer
from services.ladder_encode.segment import EncodedSegment, Header, Refusal
from services.runtime.media_h264 import INSTANTANEOUS_REFRESH, brings_other_parameters, first_picture_unit
from services.runtime.media_open import open_original, original_errors
from services.runtime.media_slots import slot_at, ticks_of
from services.runtime.media_source import only_stream

INDEX_NOT_TRUE = Refusal(
    code="index_not_true", message="The file's index does not fit its pictures; they are encoded instead."
)
OPEN_GROUP = Refusal(code="open_gop", message="Some pictures need others before their group; they are encoded instead.")
OTHER_PARAMETERS = Refusal(
    code="parameter_change", message="The pictures change their parameters in the middle; they are encoded instead."
)

Packets = list["Packet[VideoStream]"]


def copy_video(url: str, task: CopyVideo) -> Iterator[EncodedSegment | Refusal]:
    """Yield the segments of the copied rung, each as soon as it is read, or why the rest cannot be.

    The original is read once, in order. Raises: what opening and reading it raises.
    """
    with original_errors(), open_original(url) as container:
        stream = only_stream(container, task.source.index)
        packets = (packet for packet in container.demux(stream) if packet.size)
        repackager = Repackager(task, stream)
        for number, frames in enumerate(task.copied.segments):
            own = _read(packets, frames)
            refusal = why_not(own, frames, stream.codec_context.extradata or b"")
            segment = None if refusal else repackager.segment(number, own)
            yield segment or refusal or INDEX_NOT_TRUE
            if segment is None:
                return


def why_not(packets: Packets, frames: int, configuration: bytes) -> Refusal | None:
    """Return why packets are no segment of so many pictures that plays without those before it, if they are none."""
    timed = all(packet.pts is not None and packet.dts is not None for packet in packets)
    if len(packets) < frames or not timed or not packets[0].is_keyframe:
        return INDEX_NOT_TRUE
    if first_picture_unit(bytes(packets[0]), configuration) != INSTANTANEOUS_REFRESH:
        return OPEN_GROUP
    if any(
        packet.has_sidedata("new_extradata") or brings_other_parameters(bytes(packet), configuration)
        for packet in packets
    ):
        return OTHER_PARAMETERS
    return None


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
        self._first_slot = 0

    def segment(self, number: int, packets: Packets) -> EncodedSegment | None:
        """Return a segment of successive pictures; None where they do not fill its slots."""
        fragments = sum(packet.is_keyframe for packet in packets)
        end_slot = self._first_slot + len(packets)
        if {self._place(packet) for packet in packets} != {*range(self._first_slot, end_slot)}:
            return None
        data = media_segment(self._stream, self._timescale, packets, self._fragment)
        segment = EncodedSegment(
            rendition=f"video/{self._task.copied.name}",
            number=number,
            duration_ticks=len(packets) * self._ticks,
            data=data,
            samples=len(packets),
            iframes=iframes_of(data, group_durations_ticks(packets)),
            header=self._header,
        )
        self._fragment += fragments
        self._header = None
        self._first_slot = end_slot
        return segment

    def _place(self, packet: "Packet[VideoStream]") -> int:
        """Move a picture to its slot and return that; pictures are decoded slot by slot, whatever the original says."""
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
        return shown_slot

    def _slot(self, ticks: int, time_base: Fraction) -> int:
        return slot_at(ticks * time_base - Fraction(self._task.source.start_s), self._rate)


def _read(packets: "Iterator[Packet[VideoStream]]", count: int) -> Packets:
    """Return that many packets, or as many as can be read."""
    read: Packets = []
    try:
        read.extend(islice(packets, count))
    except av.error.InvalidDataError:
        return read
    return read
