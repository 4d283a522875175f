"""Sizes, times and texts of poster and storyboard. Pure."""

import math
from fractions import Fraction

import msgspec

from contracts.v1 import PosterChosen, PosterRefused, VideoStream
from services.runtime.errors import HeadraceError

POSTER = "poster.jpg"
STORYBOARD = "storyboard.vtt"
POSTER_WIDTH = 1280
JPEG_QUALITY = 80
TILE_WIDTH = 160
TILE_MOST_HEIGHT = 320
TILE_S = 4
COLUMNS = ROWS = 10

_DARK, _BRIGHT, _FLAT = 28, 235, 14


class Size(msgspec.Struct, frozen=True):
    """A picture's size in pixels."""

    width: int
    height: int


def sideways(source: VideoStream) -> bool:
    """Tell whether a source's frames lie on their side."""
    return source.rotation in (90, 270)


def poster_size(source: VideoStream) -> Size:
    """Return the size of a source's poster: as it is shown, upright, at most 1280 wide."""
    width, height = _shown(source)
    return _scaled(width, height, min(Fraction(1), POSTER_WIDTH / width))


def tile_size(source: VideoStream) -> Size:
    """Return the size of a storyboard's tiles: 160 wide, except that very tall pictures are made narrower."""
    width, height = _shown(source)
    return _scaled(width, height, min(TILE_WIDTH / width, TILE_MOST_HEIGHT / height))


def _shown(source: VideoStream) -> tuple[Fraction, Fraction]:
    """Return width and height of a source when it is shown upright with square pixels."""
    width, height = source.width * source.sample_aspect.fraction, Fraction(source.height)
    return (height, width) if sideways(source) else (width, height)


def _scaled(width: Fraction, height: Fraction, scale: Fraction) -> Size:
    return Size(_even(width * scale), _even(height * scale))


def _even(pixels: Fraction) -> int:
    return max(2, 2 * round(pixels / 2))


def tile_times_s(duration_s: float) -> list[float]:
    """Return the times that a storyboard shows, counted from the first picture; there is always one."""
    return [float(TILE_S * tile) for tile in range(max(1, math.ceil(duration_s / TILE_S)))]


def poster_times_s(duration_s: float, count: int = 8) -> list[float]:
    """Return times spread evenly over a video, at which to look for a poster."""
    return [duration_s * (2 * index + 1) / (2 * count) for index in range(count)]


def poster_refused(event: PosterChosen, error: HeadraceError) -> PosterRefused:
    """Return the fact that a poster that somebody chose cannot be made."""
    return PosterRefused(
        asset_id=event.asset_id,
        tenant=event.tenant,
        edit=event.edit,
        recipe=event.recipe,
        code=error.code,
        message=error.message,
    )


def dull(mean_luma: float, luma_deviation: float) -> bool:
    """Tell whether a picture is too dark, too bright or too flat for a poster; luma is 0 to 255."""
    return not _DARK <= mean_luma <= _BRIGHT or luma_deviation < _FLAT


def sheet_name(number: int) -> str:
    """Return the name of a storyboard's sheet, counted from 0."""
    return f"storyboard-{number:03d}.jpg"


def sheet_size(tile: Size, tiles: int) -> Size:
    """Return the size of a sheet that holds so many tiles, row by row."""
    return Size(tile.width * min(tiles, COLUMNS), tile.height * math.ceil(tiles / COLUMNS))


def corner_of(tile: Size, place: int) -> tuple[int, int]:
    """Return x and y of a tile on its sheet."""
    row, column = divmod(place, COLUMNS)
    return column * tile.width, row * tile.height


def storyboard_cues(tile: Size, duration_s: float) -> str:
    """Return a storyboard as WebVTT: which part of which sheet shows a time.

    Source: W3C WebVTT; W3C Media Fragments (``#xywh=``).
    """
    times = tile_times_s(duration_s)
    lines = ["WEBVTT", ""]
    for index, (start_s, end_s) in enumerate(zip(times, [*times[1:], max(duration_s, 0.001)], strict=True)):
        sheet, place = divmod(index, COLUMNS * ROWS)
        x, y = corner_of(tile, place)
        lines += [
            f"{_timestamp(start_s)} --> {_timestamp(end_s)}",
            f"{sheet_name(sheet)}#xywh={x},{y},{tile.width},{tile.height}",
            "",
        ]
    return "\n".join(lines)


def _timestamp(at_s: float) -> str:
    seconds, milliseconds = divmod(round(at_s * 1000), 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}.{milliseconds:03d}"
