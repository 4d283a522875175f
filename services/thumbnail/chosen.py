"""Posters that people chose: a picture of the video, or one that they uploaded; synchronous, in a child."""

from io import BytesIO

import msgspec
from av.video.frame import VideoFrame
from PIL import Image, ImageOps

from contracts.v1 import VideoStream
from services.runtime.errors import Permanent
from services.runtime.media_decoder import decoder_of
from services.runtime.media_open import open_original, original_errors
from services.thumbnail.decide import JPEG_QUALITY, POSTER_WIDTH, poster_size
from services.thumbnail.upright import Upright

_FORMATS = ("JPEG", "PNG", "WEBP")
_MOST_PIXELS = 64_000_000


class ChosenPoster(msgspec.Struct, frozen=True):
    """A JPEG picture; sizes in pixels."""

    data: bytes
    width: int
    height: int


def poster_at(url: str, source: VideoStream, at_s: float) -> ChosenPoster:
    """Return the picture that is shown ``at_s`` seconds into a video, the last one if it ends before.

    Raises: Permanent: ``no_picture``, and what opening raises. Transient: ``unreadable_original``.
    """
    with original_errors():
        frame = _frame_at(url, source, source.start_s + at_s)
        if frame is None:
            raise Permanent("no_picture", "There is no picture at this time that can be decoded; choose another.")
        return _jpeg(Upright(source, poster_size(source))(frame))


def poster_of(data: bytes) -> ChosenPoster:
    """Return an uploaded picture as a poster: upright, at most 1280 wide, without what else its file says.

    Raises: Permanent: ``not_a_picture``, ``picture_too_large``.
    """
    try:
        with Image.open(BytesIO(data), formats=_FORMATS) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                raise Permanent(
                    "picture_too_large", "The picture has more than 64 million pixels; upload a smaller one."
                )
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    # What pillow raises for files that are not as their format says.
    except (OSError, SyntaxError, ValueError) as error:
        raise Permanent("not_a_picture", "The file is no JPEG, PNG or WebP picture; upload one that is.") from error
    if upright.width > POSTER_WIDTH:
        upright = upright.resize((POSTER_WIDTH, max(1, round(upright.height * POSTER_WIDTH / upright.width))))
    return _jpeg(upright)


def _frame_at(url: str, source: VideoStream, at_s: float) -> VideoFrame | None:
    """Return the last frame at or before a time on the container's clock, or the first after it."""
    with open_original(url) as container:
        video = next(stream for stream in container.streams.video if stream.index == source.index)
        assert video.time_base is not None
        container.seek(int(at_s / video.time_base), stream=video)
        decoder = decoder_of(video)
        shown: VideoFrame | None = None
        for packet in container.demux(video):
            for frame in decoder.decode(packet):
                if shown is not None and frame.pts is not None and float(frame.pts * video.time_base) > at_s:
                    return shown
                shown = frame
        return shown


def _jpeg(picture: Image.Image) -> ChosenPoster:
    data = BytesIO()
    picture.save(data, "JPEG", quality=JPEG_QUALITY)
    return ChosenPoster(data.getvalue(), picture.width, picture.height)
