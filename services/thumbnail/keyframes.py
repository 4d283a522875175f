"""Reading keyframes alone out of an original, by path or URL; synchronous."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from services.runtime.media_decoder import decoder_of
from services.runtime.media_open import DECODING_ERRORS
from services.runtime.media_packets import up_to_damage

# A keyframe this little after a time still counts as being there: frame rates like 29.97 never hit whole seconds.
TOLERANCE_S = 0.05


@dataclass(frozen=True, slots=True)
class Keyframe:
    """A keyframe that is not decoded yet; ``at_s`` is on the container's clock."""

    decoder: VideoCodecContext
    packet: "Packet[VideoStream]"
    at_s: float

    def picture(self) -> VideoFrame | None:
        """Decode the keyframe by itself; None when it is damaged."""
        try:
            frames = [*self.decoder.decode(self.packet), *self.decoder.decode(None)]
        except DECODING_ERRORS:
            frames = []
        self.decoder.flush_buffers()
        return frames[0] if frames else None


def keyframes_alone(container: InputContainer, index: int) -> VideoStream:
    """Return the video stream ``index``, with everything but its keyframes dropped as early as the format allows."""
    video = next(stream for stream in container.streams.video if stream.index == index)
    for stream in container.streams:
        stream.discard = Discard.nonkey if stream is video else Discard.all
    return video


def keyframe_at(container: InputContainer, video: VideoStream, at_s: float) -> Keyframe | None:
    """Return the keyframe at or before a time on the container's clock; formats without an index give one after it."""
    assert video.time_base is not None
    try:
        container.seek(int(at_s / video.time_base), stream=video)
    except av.error.PermissionError:
        # FFmpeg's way to say that nothing is known about this time.
        return None
    return next(_keyframes(container, video), None)


def keyframes_for(container: InputContainer, video: VideoStream, times_s: Sequence[float]) -> Iterator[Keyframe]:
    """Yield for each of the ascending times the last keyframe at or before it, or the first one of all.

    One pass through the file: seeking to each would read about as much, in hundreds of requests. Yields nothing when
    there is no keyframe.
    """
    waiting = list(reversed(times_s))
    before: Keyframe | None = None
    for keyframe in _keyframes(container, video):
        while before is not None and waiting and waiting[-1] + TOLERANCE_S < keyframe.at_s:
            waiting.pop()
            yield before
        if not waiting:
            return
        before = keyframe
    if before is not None:
        yield from [before] * len(waiting)


def _keyframes(container: InputContainer, video: VideoStream) -> Iterator[Keyframe]:
    """Yield keyframes up to the end or the first damage."""
    decoder = decoder_of(video)
    for packet in up_to_damage(container.demux(video)):
        # AVI knows only decoding times, which for keyframes are about the same.
        ticks = packet.dts if packet.pts is None else packet.pts
        if packet.is_keyframe and packet.size and ticks is not None:
            yield Keyframe(decoder, packet, float(ticks * packet.time_base))
