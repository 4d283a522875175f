"""Options of x265 for one rung: capped constant quality, closed groups of pictures, headers that never differ."""

from fractions import Fraction

from contracts.v1 import Chromaticity, Grid, Rung, VideoStream
from services.ladder_encode.media.levels import hevc_level_of
from services.runtime.media_slots import pace_of

_BUFFER_TO_RATE = Fraction(3, 2)


def x265_options(rung: Rung, grid: Grid, preset: str, source: VideoStream) -> dict[str, str]:
    """Return the encoder's options for a rung; what ``source`` says of its brightness is passed on in PQ rungs."""
    rate, gop_frames = pace_of(rung, grid)
    buffer_bits = int(rung.bitrate_bps * _BUFFER_TO_RATE)
    parameters = {
        "keyint": str(gop_frames),
        "min-keyint": str(gop_frames),
        "scenecut": "0",
        "open-gop": "0",
        "level-idc": hevc_level_of(rung.width, rung.height, rate, buffer_bits),
        "high-tier": "0",
        # As with x264, a chunk starts with a buffer as full as the one before it may have left it.
        "vbv-init": "0.5",
        "pools": "none",
        "frame-threads": "1",
        # Its own settings, as text in every header.
        "info": "0",
        "log-level": "error",
        **(_brightness(source) if rung.dynamic_range == "pq" else {}),
    }
    return {
        "preset": preset,
        "profile": "main" if rung.dynamic_range == "sdr" else "main10",
        "crf": "24",
        "maxrate": str(rung.bitrate_bps),
        "bufsize": str(buffer_bits),
        "x265-params": ":".join(f"{name}={value}" for name, value in parameters.items()),
    }


def _brightness(source: VideoStream) -> dict[str, str]:
    """Return parameters in the units of the bitstream. Source: ITU-T H.265 §D.3.28, §D.3.35."""
    display, light = source.mastering_display, source.content_light
    said = {"hdr10-opt": "1"}
    if display is not None:
        places = {"G": display.green, "B": display.blue, "R": display.red, "WP": display.white}
        luminance = f"L({display.max_luminance},{display.min_luminance})"
        said["master-display"] = "".join(_placed(name, place) for name, place in places.items()) + luminance
    if light is not None:
        said["max-cll"] = f"{light.max_pixel_nits},{light.max_average_nits}"
    return said


def _placed(name: str, place: Chromaticity) -> str:
    return f"{name}({place.x},{place.y})"
