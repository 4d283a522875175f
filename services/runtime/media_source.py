"""Reading an original from the middle: pictures from a slot on, each with the slot it falls into."""

from collections.abc import Iterator
from fractions import Fraction
from math import floor

import av
from av.container import InputContainer
from av.stream import Discard
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from contracts.v1 import VideoStream as Source
from services.runtime.media_clock import shown_at
from services.runtime.media_decoder import decoder_of
from services.runtime.media_deinterlace import deinterlaced
from services.runtime.media_open import DECODING_ERRORS, open_original, original_errors
from services.runtime.media_packets import up_to_damage
from services.runtime.media_slots import slot_at

# Indexes hold decode times, or only guesses, and the first pictures after an open group's start need what lies before
# it. So what a seek finds is checked, and looked for earlier, at last from the beginning.
_EARLIER_S = tuple(Fraction(earlier_s) for earlier_s in ("0", "1/2", "2", "6", "20", "120", "600", "1e9"))
_GUESSING_FORMATS = {"mpegts", "mpeg"}

Slotted = tuple[int, VideoFrame]


def slotted_pictures(url: str, source: Source, frame_rate: Fraction, first: int) -> Iterator[Slotted]:
    """Yield (slot, picture) in order of display; the first is at or before slot ``first`` if the source has such a one.

    Raises: what ``open_original`` and ``original_errors`` raise.
    """
    for earlier_s in _EARLIER_S:
        seek_s = first / frame_rate - earlier_s
        pictures = _pictures_from(url, source, frame_rate, seek_s)
        found = next(pictures, None)
        if seek_s <= 0 or (found is not None and found[0] <= first):
            if found is not None:
                yield found
            yield from pictures
            return


def _pictures_from(url: str, source: Source, frame_rate: Fraction, seek_s: Fraction) -> Iterator[Slotted]:
    """Yield what lies after the key picture before a time on the timeline."""
    start_s = Fraction(source.start_s)
    with original_errors(), open_original(url) as container:
        stream = only_stream(container, source.index)
        if container.format.name in _GUESSING_FORMATS:
            seek_s -= _EARLIER_S[1]
        if seek_s > 0 and not _sought(container, stream, start_s + seek_s):
            return
        pictures = _decoded(container, stream)
        per_slot = _pictures_per_slot(source, frame_rate)
        if source.interlaced:
            pictures = deinterlaced(pictures)
        time_s = start_s
        for picture in pictures:
            # A picture without a time follows the one before it.
            step_s = 1 / frame_rate / per_slot
            time_s = time_s + step_s if picture.pts is None else picture.pts * Fraction(picture.time_base or 0)
            yield slot_at(time_s - start_s, frame_rate, per_slot), picture


def _pictures_per_slot(source: Source, frame_rate: Fraction) -> int:
    ratio = source.frame_rate.fraction * (2 if source.interlaced else 1) / frame_rate
    return ratio.numerator if ratio.denominator == 1 else 1


def _sought(container: InputContainer, stream: VideoStream, time_s: Fraction) -> bool:
    """Go to a key picture before a time on the source's clock; tell whether that is possible."""
    assert stream.time_base is not None
    try:
        container.seek(floor(time_s / stream.time_base), stream=stream)
    except av.error.PermissionError:
        return False
    return True


def only_stream(container: InputContainer, index: int) -> VideoStream:
    """Return a stream of an original, and leave out all others when it is read."""
    for stream in container.streams:
        stream.discard = Discard.default if stream.index == index else Discard.all
    video = container.streams[index]
    assert isinstance(video, VideoStream)
    return video


def _decoded(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """Yield what can be decoded, each picture with the time at which it is shown, leaving out what is damaged."""
    decoder = decoder_of(stream)
    for packet in up_to_damage(container.demux(stream)):
        try:
            pictures = decoder.decode(packet)
        except DECODING_ERRORS:
            continue
        for picture in pictures:
            picture.pts = shown_at(container, picture)
            yield picture
