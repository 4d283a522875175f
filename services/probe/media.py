"""Read by range what an original contains: URL and size in, ``Probe`` out. One picture is decoded as proof."""

from fractions import Fraction

from av.audio.stream import AudioStream as AvAudio
from av.container import InputContainer
from av.sidedata.sidedata import SideData
from av.stream import Disposition, Stream
from av.video.stream import VideoStream as AvVideo

from contracts.v1 import AudioStream, Probe, Rational, VideoStream
from services.probe.colours import MATRICES, PRIMARIES, RANGES, TRANSFERS
from services.probe.ending import MISSED_S, PATIENCE_S, Ending
from services.probe.extent import (
    cut_duration_s,
    indexed_times_s,
    stated_duration_s,
    states_vaguely,
    tail_ends_s,
    time_base,
)
from services.probe.head import Head, read_heads
from services.probe.light import content_light, mastering_display
from services.probe.packets import packet_index
from services.probe.pictures import with_pictures
from services.probe.rates import frame_rate_of
from services.probe.spoken import chapters_of, describes_video, text_streams, title_of
from services.probe.turned import Turned, turned_by
from services.runtime.errors import Permanent
from services.runtime.media_open import open_original, original_errors

_ENOUGH_INDEXED = 1_000
_PROGRESSIVE = 1
_DISPLAY_MATRIX = "DISPLAYMATRIX"


def read_probe(url: str, size_bytes: int) -> Probe:
    """Measure an original of ``size_bytes``; reads its index and its first pictures, not the whole file.

    Raises: Permanent: ``unsupported_codec``, ``damaged_file``, ``truncated_file``, or as ``open_original`` raises.
        Transient: ``unreadable_original``.
    """
    with original_errors(), open_original(url, PATIENCE_S) as container:
        streams = _moving_pictures(container)
        heads = read_heads(container, streams)
        reader = _Reader(url, container, size_bytes)
        video = [made for stream in streams if (made := reader.video(stream, heads[stream.index])) is not None]
        if streams and not video:
            raise Permanent("damaged_file", "No picture can be decoded; export the video again and upload the copy.")
        audio = [sound for stream in container.streams.audio if (sound := reader.audio(stream)) is not None]
        probe = Probe(
            container=container.format.name,
            duration_s=max((stream.duration_s for stream in video[:1] or audio), default=0.0),
            size_bytes=size_bytes,
            video=video,
            audio=audio,
            bitrate_bps=container.bit_rate or None,
            warnings=reader.warnings,
            text=text_streams(container),
            chapters=chapters_of(container, video),
        )
        return with_pictures(probe, container)


def _moving_pictures(container: InputContainer) -> list[AvVideo]:
    """Return the streams of moving pictures; a cover is none."""
    streams = [stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic]
    decodable = [stream for stream in streams if stream.codec_context is not None]
    if streams and not decodable:
        raise Permanent("unsupported_codec", "The video's codec is not supported; export the video as H.264.")
    return decodable


class _Reader:
    """States streams of one open original."""

    def __init__(self, url: str, container: InputContainer, size_bytes: int) -> None:
        self._url = url
        self._container = container
        self._size_bytes = size_bytes
        self._ending = Ending(url, container, size_bytes)
        self.warnings: list[str] = []

    def video(self, stream: AvVideo, head: Head) -> VideoStream | None:
        """Return what a stream is, or None where nothing can be decoded."""
        # Not what the container says: pictures before the first that decodes do not count.
        start_s = (head.picture_at or 0) * time_base(stream)
        duration_s = self._duration_s(stream, start_s)
        if duration_s == 0 and len(stream.index_entries):
            raise Permanent("truncated_file", "The file ends before its first picture; upload it again, whole.")
        picture = head.picture
        if picture is None:
            return None
        times_s = indexed_times_s(self._container, stream, _ENOUGH_INDEXED) or head.times_s
        claims = (stream.average_rate, stream.guessed_rate, stream.base_rate)
        rate = frame_rate_of(times_s, [claim for claim in claims if claim])
        aspect = stream.sample_aspect_ratio or Fraction(1)
        context = stream.codec_context
        matrix = picture.side_data.get(_DISPLAY_MATRIX)
        turned = turned_by(bytes(matrix)) if isinstance(matrix, SideData) else Turned(0, mirrored=False)
        return VideoStream(
            index=stream.index,
            codec=context.codec.canonical_name,
            width=picture.width,
            height=picture.height,
            frame_rate=Rational(rate.numerator, rate.denominator),
            start_s=float(start_s),
            duration_s=float(duration_s),
            profile=stream.profile,
            pixel_format=picture.format.name,
            sample_aspect=Rational(aspect.numerator, aspect.denominator),
            rotation=turned.rotation,
            mirrored=turned.mirrored,
            interlaced=picture.interlaced_frame or context.field_order > _PROGRESSIVE,
            color_primaries=PRIMARIES.get(picture.color_primaries),
            color_transfer=TRANSFERS.get(picture.color_trc),
            color_space=MATRICES.get(picture.colorspace),
            color_range=RANGES.get(picture.color_range),
            bitrate_bps=stream.bit_rate,
            mastering_display=mastering_display(picture),
            content_light=content_light(picture),
            delay_s=float(head.delay_ticks * time_base(stream)),
        )

    def audio(self, stream: AvAudio) -> AudioStream | None:
        """Return what a stream is, or None where there is nothing to hear or no decoder."""
        context = stream.codec_context
        if context is None:
            self.warnings.append(  # type: ignore[unreachable]  # PyAV's types know no stream without a decoder
                f"Audio stream {stream.index} is of a kind that cannot be decoded, and is left out; "
                "export the file again with AAC."
            )
            return None
        if not context.sample_rate or not context.channels:
            return None
        start_s = (stream.start_time or 0) * time_base(stream)
        duration_s = self._duration_s(stream, start_s)
        if duration_s <= 0:
            return None
        return AudioStream(
            index=stream.index,
            codec=context.codec.canonical_name,
            sample_rate_hz=context.sample_rate,
            channels=context.channels,
            start_s=float(start_s),
            duration_s=float(duration_s),
            language=None if stream.language == "und" else stream.language,
            bitrate_bps=context.bit_rate,
            profile=stream.profile,
            title=title_of(stream),
            default=bool(stream.disposition & Disposition.default),
            describes_video=describes_video(stream),
            packets=packet_index(self._container, stream, self._size_bytes, duration_s),
        )

    def _duration_s(self, stream: Stream, start_s: Fraction) -> Fraction:
        cut_s = cut_duration_s(self._container, stream, self._size_bytes)
        stated_s = stated_duration_s(self._container, stream, start_s)
        length_s = self._length_s(stream, start_s, stated_s) if cut_s is None else cut_s
        missed = stated_s is not None and stated_s - length_s > MISSED_S
        if isinstance(stream, AvVideo) and (missed or self._ending.cut_off or cut_s is not None):
            about = "about " if self._ending.cut_off and self._ending.end_s(stream) is None else ""
            self.warnings.append(
                f"The file is cut off; the {about}{float(length_s):.1f} s that are there were used. "
                "Upload it again, whole, to get the rest."
            )
        return max(length_s, Fraction(0))

    def _length_s(self, stream: Stream, start_s: Fraction, stated_s: Fraction | None) -> Fraction:
        """Return how long a stream is by what is stated where that can be relied on, else by reading."""
        if stated_s is None or self._ending.cut_off:
            # What browsers record states no length.
            end_s = self._ending.end_s(stream)
            return (stated_s or Fraction(0)) * self._ending.share if end_s is None else end_s - start_s
        if not states_vaguely(self._container, stream):
            return stated_s
        with open_original(self._url, PATIENCE_S) as again:
            tails_s = tail_ends_s(again, again.streams[stream.index], start_s + stated_s)
        return tails_s.get(stream.index, start_s + stated_s) - start_s
