"""Options of SVT-AV1 for one rung: capped constant quality, closed groups of pictures, headers that never differ."""

import os

from contracts.v1 import Chromaticity, Grid, Rung, VideoStream
from services.ladder_encode.media.levels import av1_level_of
from services.runtime.media_slots import pace_of

_CHROMATICITY_UNIT = 0.00002
_LUMINANCE_UNIT = 0.0001

# The library reads nothing else to know how much to print: only errors.
os.environ.setdefault("SVT_LOG", "1")


def svtav1_options(rung: Rung, grid: Grid, preset: str, source: VideoStream) -> dict[str, str]:
    """Return the encoder's options for a rung; what ``source`` says of its brightness is passed on in PQ rungs."""
    rate, gop_frames = pace_of(rung, grid)
    parameters = {
        # Key pictures stand where the grid has them and nowhere else.
        "scd": "0",
        "lp": "1",
        "level": av1_level_of(rung.width, rung.height, rate, rung.bitrate_bps).replace(".", ""),
        **(_brightness(source) if rung.dynamic_range == "pq" else {}),
    }
    return {
        "preset": preset,
        "crf": "35",
        "maxrate": str(rung.bitrate_bps),
        "g": str(gop_frames),
        "svtav1-params": ":".join(f"{name}={value}" for name, value in parameters.items()),
    }


def _brightness(source: VideoStream) -> dict[str, str]:
    """Return parameters in nits. Source: AV1 Bitstream & Decoding Process Specification §6.7.3, §6.7.4."""
    display, light = source.mastering_display, source.content_light
    said = {}
    if display is not None:
        places = {"G": display.green, "B": display.blue, "R": display.red, "WP": display.white}
        most, least = display.max_luminance * _LUMINANCE_UNIT, display.min_luminance * _LUMINANCE_UNIT
        colours = "".join(_placed(name, place) for name, place in places.items())
        said["mastering-display"] = f"{colours}L({most:.4f},{least:.4f})"
    if light is not None:
        said["content-light"] = f"{light.max_pixel_nits},{light.max_average_nits}"
    return said


def _placed(name: str, place: Chromaticity) -> str:
    return f"{name}({place.x * _CHROMATICITY_UNIT:.5f},{place.y * _CHROMATICITY_UNIT:.5f})"
