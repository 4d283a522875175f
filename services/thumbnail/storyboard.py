"""The storyboard's pictures: a tile every 4 s, laid out on sheets that leave memory as they fill."""

from collections.abc import Iterable, Iterator

from PIL import Image

from contracts.v1 import VideoStream
from services.runtime.media_open import open_original
from services.thumbnail.decide import COLUMNS, ROWS, Size, corner_of, sheet_size
from services.thumbnail.keyframes import Keyframe, keyframes_alone, keyframes_for
from services.thumbnail.upright import Upright


def draw_tiles(
    url: str, source: VideoStream, times_s: list[float], small: Upright, fallback: Image.Image
) -> Iterator[Image.Image]:
    """Yield one tile for each time; ``fallback`` stands in where no keyframe can be decoded."""
    tile, drawn = fallback, 0
    last: Keyframe | None = None
    with open_original(url) as container:
        video = keyframes_alone(container, source.index)
        for keyframe in keyframes_for(container, video, [source.start_s + at_s for at_s in times_s]):
            if keyframe is not last and (frame := keyframe.picture()) is not None:
                tile = small(frame)
            last = keyframe
            yield tile
            drawn += 1
    yield from [tile] * (len(times_s) - drawn)


def lay_out(tiles: Iterable[Image.Image], size: Size, count: int) -> Iterator[Image.Image]:
    """Yield sheets of at most 10 by 10 tiles, each as soon as it is full."""
    places = COLUMNS * ROWS
    sheet = Image.new("RGB", (0, 0))
    for index, tile in enumerate(tiles):
        place = index % places
        if place == 0:
            here = sheet_size(size, min(count - index, places))
            sheet = Image.new("RGB", (here.width, here.height))
        sheet.paste(tile, corner_of(size, place))
        if place == places - 1 or index == count - 1:
            yield sheet
