"""One rung of a chunk: pictures in, segments out. H.264 by x264, capped constant quality."""

from collections.abc import Iterable, Iterator
from fractions import Fraction

from av.packet import Packet
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream

from contracts.v1 import TIMELINE_ORIGIN_S, Grid, Rung
from services.ladder_encode.media.codecs import avc_codecs
from services.ladder_encode.media.iframes import group_durations_ticks, iframes_of
from services.ladder_encode.media.mp4 import Written, initialisation_segment, media_segment, open_muxer
from services.ladder_encode.media.x264 import x264_options
from services.ladder_encode.segment import EncodedSegment, Header
from services.runtime.media_colour import LIMITED_RANGE, Colours
from services.runtime.media_slots import ticks_of


class RungEncoder:
    """Encodes pictures by slot and cuts the result at the grid's segments."""

    def __init__(self, rung: Rung, grid: Grid, colours: Colours, preset: str) -> None:
        """Open the encoder."""
        self._rendition = f"video/{rung.name}"
        self._grid = grid
        rate = grid.frame_rate.fraction
        self._slot_s = 1 / rate
        self._timescale, self._ticks = ticks_of(rate)
        written = Written()
        self._container = open_muxer(written, self._timescale)
        self._stream = self._container.add_stream("libx264", rate=rate, options=x264_options(rung, grid, preset))
        self._stream.width, self._stream.height = rung.width, rung.height
        context = self._stream.codec_context
        context.time_base = self._slot_s
        context.sample_aspect_ratio = Fraction(1)
        # More than one thread makes rate control depend on timing.
        context.thread_count = 1
        context.color_primaries, context.color_trc, context.colorspace = colours.code_points
        context.color_range = LIMITED_RANGE
        init = initialisation_segment(self._container, written)
        self._header: Header | None = Header(init=init, codecs=avc_codecs(init), timescale=self._timescale)
        self._packets: list[Packet[VideoStream]] = []
        self._number = 0

    def encode(self, picture: VideoFrame, slots: Iterable[int]) -> Iterator[EncodedSegment]:
        """Put a picture into slots; yield the segments that are complete."""
        for slot in slots:
            picture.pts, picture.time_base = slot, self._slot_s
            # Or the source's key frames become ours.
            picture.pict_type = PictureType.NONE
            yield from self._cut(self._stream.encode(picture))

    def finish(self) -> Iterator[EncodedSegment]:
        """Yield the segments that remain."""
        yield from self._cut(self._stream.encode(None))
        if self._packets:
            yield self._segment()

    def _cut(self, packets: "Iterable[Packet[VideoStream]]") -> Iterator[EncodedSegment]:
        for packet in packets:
            assert packet.pts is not None
            assert packet.dts is not None
            if packet.is_keyframe and packet.pts % self._grid.segment_frames == 0:
                if self._packets:
                    yield self._segment()
                self._number = packet.pts // self._grid.segment_frames
            origin = TIMELINE_ORIGIN_S * self._timescale
            packet.pts, packet.dts = origin + packet.pts * self._ticks, origin + packet.dts * self._ticks
            packet.duration, packet.time_base = self._ticks, Fraction(1, self._timescale)
            self._packets.append(packet)

    def _segment(self) -> EncodedSegment:
        groups = self._grid.segment_frames // self._grid.gop_frames
        data = media_segment(self._stream, self._timescale, self._packets, self._number * groups + 1)
        segment = EncodedSegment(
            rendition=self._rendition,
            number=self._number,
            duration_ticks=len(self._packets) * self._ticks,
            data=data,
            iframes=iframes_of(data, group_durations_ticks(self._packets, self._ticks)),
            header=self._header,
        )
        self._packets, self._header = [], None
        return segment
