"""Choosing a poster: the keyframe with the most contrast among a few spread over the video."""

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice

from av.video.frame import VideoFrame
from PIL import ImageStat

from contracts.v1 import VideoStream
from services.runtime.errors import Permanent
from services.runtime.media_decoder import decoder_of
from services.runtime.media_open import DECODING_ERRORS, open_original
from services.runtime.media_packets import up_to_damage
from services.thumbnail.decide import dull, poster_times_s
from services.thumbnail.keyframes import keyframe_at, keyframes_alone
from services.thumbnail.upright import Upright

_FIRST_FRAMES = 240
_EVERY_FRAME = 12


def choose_frame(url: str, source: VideoStream, duration_s: float, small: Upright) -> VideoFrame:
    """Return the frame of an original that makes the best poster; frames are judged by the ``small`` picture.

    Raises: Permanent: ``no_picture``, and what opening raises.
    """
    judge = _Judge(small)
    for frame in _spread_keyframes(url, source, duration_s):
        judge.see(frame)
    if judge.dull:
        # A short video that fades in has no other keyframe than its first, black one.
        for frame in _first_frames(url, source):
            judge.see(frame)
    if judge.best is None:
        raise Permanent("no_picture", "No picture of the video can be decoded; export it again and upload the copy.")
    return judge.best


class _Judge:
    """Keeps the best frame seen."""

    def __init__(self, small: Upright) -> None:
        self.best: VideoFrame | None = None
        self.dull = True
        self._contrast = -1.0
        self._small = small

    def see(self, frame: VideoFrame) -> None:
        luma = ImageStat.Stat(self._small(frame).convert("L"))
        mean, contrast = luma.mean[0], luma.stddev[0]
        is_dull = dull(mean, contrast)
        if (not is_dull, contrast) > (not self.dull, self._contrast):
            self.best, self.dull, self._contrast = frame, is_dull, contrast


def _spread_keyframes(url: str, source: VideoStream, duration_s: float) -> Iterator[VideoFrame]:
    with open_original(url) as container:
        video = keyframes_alone(container, source.index)
        times_s = [source.start_s + at_s for at_s in poster_times_s(duration_s)]
        found = [keyframe_at(container, video, at_s) for at_s in times_s]
        for keyframe in {keyframe.at_s: keyframe for keyframe in found if keyframe is not None}.values():
            frame = keyframe.picture()
            if frame is not None:
                yield frame


def _first_frames(url: str, source: VideoStream) -> Iterator[VideoFrame]:
    with open_original(url) as container:
        video = next(stream for stream in container.streams.video if stream.index == source.index)
        decoder = decoder_of(video)
        # What comes before the first damage is enough to choose from.
        with suppress(*DECODING_ERRORS):
            frames = (frame for packet in up_to_damage(container.demux(video)) for frame in decoder.decode(packet))
            yield from islice(frames, 0, _FIRST_FRAMES, _EVERY_FRAME)
