"""Posters that people chose: a picture of the video, or one that they uploaded; synchronous, in a child."""

from fractions import Fraction
from io import BytesIO
from math import floor

import msgspec
from av.video.frame import VideoFrame
from PIL import Image, ImageOps

from contracts.v1 import VideoStream
from services.runtime.errors import Permanent
from services.runtime.media_open import original_errors
from services.runtime.media_slots import fill_slots
from services.runtime.media_source import slotted_pictures
from services.thumbnail.decide import JPEG_QUALITY, POSTER_WIDTH, poster_size
from services.thumbnail.upright import Upright

_FORMATS = ("JPEG", "PNG", "WEBP")
_MOST_PIXELS = 64_000_000
_TOLERANCE_MS = 1


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
        frame = _frame_at(url, source, at_s)
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
    """Return the last picture at or before a time on the asset's timeline, or the first after it."""
    rate = source.frame_rate.fraction
    # Players tell times in milliseconds or finer, and floats are a little beside them.
    slot = floor(Fraction(round(1000 * at_s) + _TOLERANCE_MS, 1000) * rate)
    return next((picture for picture, _ in fill_slots(slotted_pictures(url, source, rate, slot), slot, slot + 1)), None)


def _jpeg(picture: Image.Image) -> ChosenPoster:
    data = BytesIO()
    picture.save(data, "JPEG", quality=JPEG_QUALITY)
    return ChosenPoster(data.getvalue(), picture.width, picture.height)
