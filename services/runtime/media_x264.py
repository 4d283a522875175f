"""How x264 is kept to the same bytes for the same pictures, on every machine and run."""

from functools import cache
from pathlib import Path


@cache
def steady_instructions() -> dict[str, str]:
    """Return parameters of x264 that keep it from AVX-512, with which bytes differ once in a thousand runs.

    Seen with core 165 on AMD EPYC in its macroblock tree: 25 of 24,000 runs. AVX2: none, in the same time.
    """
    cpu = Path("/proc/cpuinfo")
    return {"asm": "avx2"} if cpu.exists() and "avx512" in cpu.read_text() else {}
