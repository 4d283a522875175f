"""One rung of a chunk: pictures in, segments out; capped constant quality."""

from collections.abc import Iterable, Iterator
from fractions import Fraction

from av.packet import Packet
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream

from contracts.v1 import TIMELINE_ORIGIN_S, EncodeVideo, Rung
from services.ladder_encode.media.encoders import encoder_of
from services.ladder_encode.media.iframes import group_durations_ticks, iframes_of
from services.ladder_encode.media.mp4 import Written, initialisation_segment, media_segment, open_muxer
from services.ladder_encode.segment import EncodedSegment, Header
from services.runtime.media_colour import LIMITED_RANGE, delivered, pixel_format_of
from services.runtime.media_slots import pace_of, ticks_of


class RungEncoder:
    """Encodes pictures by slot and cuts the result at the grid's segments."""

    def __init__(self, rung: Rung, task: EncodeVideo) -> None:
        """Open the encoder."""
        self._rendition = f"video/{rung.name}"
        self._grid, self._step = task.grid, rung.frame_step
        self._cuts = frozenset(task.grid.cuts or [])
        # No segment has more groups of pictures: with cuts of its own it may be half as long again.
        self._most_groups = task.grid.segment_frames // task.grid.gop_frames * (1 if task.grid.cuts is None else 2)
        rate, _ = pace_of(rung, task.grid)
        self._picture_s = 1 / rate
        self._timescale, self._ticks = ticks_of(task.grid.frame_rate.fraction)
        encoder = encoder_of(rung, task.grid, task.preset, task.source)
        written = Written()
        self._container = open_muxer(written, self._timescale)
        stream = self._container.add_stream(encoder.name, rate=rate, options=encoder.options)
        assert isinstance(stream, VideoStream)
        self._stream = stream
        stream.width, stream.height, stream.pix_fmt = rung.width, rung.height, pixel_format_of(rung)
        context = stream.codec_context
        context.time_base = self._picture_s
        if encoder.tag:
            context.codec_tag = encoder.tag
        context.sample_aspect_ratio = Fraction(1)
        # More than one thread makes rate control depend on timing.
        context.thread_count = 1
        context.color_primaries, context.color_trc, context.colorspace = delivered(
            task.source, rung.dynamic_range
        ).code_points
        context.color_range = LIMITED_RANGE
        init = initialisation_segment(self._container, written)
        self._header: Header | None = Header(init=init, codecs=encoder.codecs(init), timescale=self._timescale)
        self._untimed = encoder.untimed
        self._packets: list[Packet[VideoStream]] = []
        self._pictures = 0
        self._number: int | None = None

    def encode(self, picture: VideoFrame, slots: Iterable[int]) -> Iterator[EncodedSegment]:
        """Put a picture into those of the slots that the rung shows; yield the segments that are complete."""
        for slot in slots:
            if slot % self._step:
                continue
            picture.pts, picture.time_base = slot // self._step, self._picture_s
            # Or the source's key frames become ours.
            picture.pict_type = PictureType.I if slot in self._cuts else PictureType.NONE
            self._pictures += 1
            yield from self._cut(self._stream.encode(picture))

    def finish(self) -> Iterator[EncodedSegment]:
        """Yield the segments that remain."""
        packets = self._stream.encode(None)
        if self._pictures <= self._untimed:
            for packet in packets:
                assert packet.pts is not None
                packet.dts = packet.pts - self._untimed
        yield from self._cut(packets)
        if self._packets:
            yield self._segment()

    def _cut(self, packets: "Iterable[Packet[VideoStream]]") -> Iterator[EncodedSegment]:
        for packet in packets:
            assert packet.pts is not None
            assert packet.dts is not None
            number = self._grid.segment_at(packet.pts * self._step)
            if packet.is_keyframe and number != self._number:
                if self._packets:
                    yield self._segment()
                self._number = number
            origin, picture_ticks = TIMELINE_ORIGIN_S * self._timescale, self._step * self._ticks
            packet.pts, packet.dts = origin + packet.pts * picture_ticks, origin + packet.dts * picture_ticks
            packet.duration, packet.time_base = picture_ticks, Fraction(1, self._timescale)
            self._packets.append(packet)

    def _segment(self) -> EncodedSegment:
        assert self._number is not None
        self._end_with_timeline(self._number)
        data = media_segment(self._stream, self._timescale, self._packets, self._number * self._most_groups + 1)
        segment = EncodedSegment(
            rendition=self._rendition,
            number=self._number,
            duration_ticks=sum(packet.duration or 0 for packet in self._packets),
            data=data,
            samples=len(self._packets),
            iframes=iframes_of(data, group_durations_ticks(self._packets)),
            header=self._header,
        )
        self._packets, self._header = [], None
        return segment

    def _end_with_timeline(self, number: int) -> None:
        """Shorten the last picture of a rung with fewer than the grid, where it would outlast the timeline."""
        first, end = [*self._grid.segment_starts, self._grid.frames][number : number + 2]
        self._packets[-1].duration = (end - first - (len(self._packets) - 1) * self._step) * self._ticks
