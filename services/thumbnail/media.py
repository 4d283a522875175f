"""Poster and storyboard of an original: URL in, files out as soon as each is done; synchronous, in a child."""

from collections.abc import Iterator
from io import BytesIO

import msgspec
from PIL import Image

from contracts.v1 import VideoStream
from services.runtime.media_open import original_errors
from services.thumbnail.decide import (
    JPEG_QUALITY,
    POSTER,
    STORYBOARD,
    poster_size,
    sheet_name,
    storyboard_cues,
    tile_size,
    tile_times_s,
)
from services.thumbnail.poster import choose_frame
from services.thumbnail.storyboard import draw_tiles, lay_out
from services.thumbnail.upright import Upright


class MadePicture(msgspec.Struct, frozen=True):
    """A finished file; ``name`` is its name beside the others."""

    name: str
    data: bytes
    content_type: str


def make_thumbnails(url: str, source: VideoStream, duration_s: float) -> Iterator[MadePicture]:
    """Yield the poster, then the storyboard's sheets, then its cues, which name the sheets.

    Raises: Permanent: ``no_picture``, ``damaged_file``, and what opening raises. Transient: ``unreadable_original``.
    """
    times_s, tile = tile_times_s(duration_s), tile_size(source)
    small = Upright(source, tile)
    with original_errors():
        poster = Upright(source, poster_size(source))(choose_frame(url, source, duration_s, small))
        yield _jpeg(POSTER, poster)
        tiles = draw_tiles(url, source, times_s, small, fallback=poster.resize((tile.width, tile.height)))
        for number, sheet in enumerate(lay_out(tiles, tile, len(times_s))):
            yield _jpeg(sheet_name(number), sheet)
    yield MadePicture(STORYBOARD, storyboard_cues(tile, duration_s).encode(), "text/vtt")


def _jpeg(name: str, picture: Image.Image) -> MadePicture:
    data = BytesIO()
    picture.save(data, "JPEG", quality=JPEG_QUALITY)
    return MadePicture(name, data.getvalue(), "image/jpeg")
