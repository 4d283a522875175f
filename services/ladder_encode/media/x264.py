"""Options of x264 for one rung: capped constant quality, closed groups of pictures, headers that never differ."""

from fractions import Fraction

from contracts.v1 import Grid, Rung
from services.ladder_encode.media.levels import level_of
from services.runtime.media_slots import pace_of
from services.runtime.media_x264 import steady_instructions

_BUFFER_TO_RATE = Fraction(3, 2)
# Source: ITU-T H.264, table A-1 (MaxDpbMbs): levels 4.0 to 4.2 hold four pictures of 1080p.
_MOST_REFERENCES = "4"
_LAVISH_PRESETS = {"slow", "slower", "veryslow", "placebo"}


def x264_options(rung: Rung, grid: Grid, preset: str) -> dict[str, str]:
    """Return the encoder's options for a rung; ``preset`` is one of x264's own."""
    rate, gop_frames = pace_of(rung, grid)
    buffer_bits = int(rung.bitrate_bps * _BUFFER_TO_RATE)
    # A chunk starts with a buffer as full as the one before it may have left it, and with headers that do not
    # depend on its pictures.
    parameters = {"vbv-init": "0.5", "stitchable": "1", **steady_instructions()}
    return {
        "preset": preset,
        # More pictures to refer to than any level holds at its largest size would need a higher level.
        **({"refs": _MOST_REFERENCES} if preset in _LAVISH_PRESETS else {}),
        "crf": "22",
        "maxrate": str(rung.bitrate_bps),
        "bufsize": str(buffer_bits),
        "g": str(gop_frames),
        "keyint_min": str(gop_frames),
        "sc_threshold": "0",
        # Pictures that begin a segment out of turn are key pictures that nothing refers across.
        **({} if grid.cuts is None else {"forced-idr": "1"}),
        "profile": "high",
        "level": level_of(rung.width, rung.height, rate, rung.bitrate_bps, buffer_bits),
        "x264-params": ":".join(f"{name}={value}" for name, value in parameters.items()),
    }
