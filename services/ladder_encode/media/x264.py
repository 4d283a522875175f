"""Options of x264 for one rung: capped constant quality, closed groups of pictures, headers that never differ."""

from fractions import Fraction
from functools import cache
from pathlib import Path

from contracts.v1 import Grid, Rung
from services.ladder_encode.media.levels import level_of
from services.ladder_encode.media.slots import pace_of

_BUFFER_TO_RATE = Fraction(3, 2)
# Source: ITU-T H.264, table A-1 (MaxDpbMbs): levels 4.0 to 4.2 hold four pictures of 1080p.
_MOST_REFERENCES = "4"
_LAVISH_PRESETS = {"slow", "slower", "veryslow", "placebo"}


def x264_options(rung: Rung, grid: Grid, preset: str) -> dict[str, str]:
    """Return the encoder's options for a rung; ``preset`` is one of x264's own."""
    rate, gop_frames = pace_of(rung, grid)
    buffer_bits = int(rung.bitrate_bps * _BUFFER_TO_RATE)
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
        "profile": "high",
        "level": level_of(rung.width, rung.height, rate, rung.bitrate_bps, buffer_bits),
        # A chunk starts with a buffer as full as the one before it may have left it, and with headers that do not
        # depend on its pictures.
        "x264-params": f"vbv-init=0.6:stitchable=1{_instructions()}",
    }


@cache
def _instructions() -> str:
    """Keep x264 from AVX-512, with which the same pictures give, once in a thousand runs, other bytes.

    Seen with core 165 on AMD EPYC in its macroblock tree: 25 of 24,000 runs. AVX2: none, in the same time.
    """
    cpu = Path("/proc/cpuinfo")
    return ":asm=avx2" if cpu.exists() and "avx512" in cpu.read_text() else ""
