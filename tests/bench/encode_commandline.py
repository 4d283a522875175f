"""The rival: FFmpeg's command line makes the same ladder of a local file, in one run or in one run for each rung."""

import resource
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from contracts.v1 import AssetPlanned, Grid, Rung
from contracts.v1.renditions import DEFAULT_PRESET
from services.ladder_encode.media.x264 import x264_options
from tests.bench.encode_originals import ffmpeg


class Spent(NamedTuple):
    """What a piece of work took; ``cpu_s`` adds up all cores."""

    wall_s: float
    cpu_s: float


def one_run(original: Path, plan: AssetPlanned, folder: Path) -> Spent:
    """Make every rung and the sound in one run, each rung scaled from the one above it."""
    return _timed(original, plan.grid, plan.rungs, folder)


def run_by_run(original: Path, plan: AssetPlanned, folder: Path) -> Spent:
    """Make one rung after the other, as scripts do; the sound comes with the first."""
    runs = [_timed(original, plan.grid, [rung], folder, sound=rung is plan.rungs[0]) for rung in plan.rungs]
    return Spent(sum(run.wall_s for run in runs), sum(run.cpu_s for run in runs))


def _timed(original: Path, grid: Grid, rungs: Sequence[Rung], folder: Path, *, sound: bool = True) -> Spent:
    folder.mkdir(parents=True, exist_ok=True)
    cpu_s, began = _children_cpu_s(), time.monotonic()
    ffmpeg("-i", str(original), *_arguments(grid, rungs, folder, sound=sound))
    return Spent(time.monotonic() - began, _children_cpu_s() - cpu_s)


def _arguments(grid: Grid, rungs: Sequence[Rung], folder: Path, *, sound: bool) -> list[str]:
    last = len(rungs) - 1
    steps, above = [], "[0:v]"
    for n, rung in enumerate(rungs):
        outputs = f"format=yuv420p[v{n}]" if n == last else f"format=yuv420p,split=2[v{n}][below{n}]"
        steps.append(f"{above}scale={rung.width}:{rung.height},{outputs}")
        above = f"[below{n}]"
    arguments = ["-filter_complex", ";".join(steps)]
    for n, rung in enumerate(rungs):
        arguments += ["-map", f"[v{n}]", f"-c:v:{n}", "libx264"]
        for name, value in x264_options(rung, grid, DEFAULT_PRESET).items():
            # What chunks need, a single piece does not.
            if name != "x264-params":
                arguments += [f"-{name}:v:{n}", value]
    streams = " ".join(f"v:{n}" if n else f"v:{n},a:0" if sound else "v:0" for n in range(len(rungs)))
    if sound:
        arguments += ["-map", "0:a:0", "-c:a", "aac", "-b:a", "128k"]
    return [
        *arguments,
        *("-f", "hls", "-hls_time", str(float(grid.segment_frames / grid.frame_rate.fraction))),
        *("-hls_segment_type", "fmp4", "-hls_playlist_type", "vod"),
        *("-var_stream_map", streams, "-hls_segment_filename", str(folder / "%v_%05d.m4s"), str(folder / "%v.m3u8")),
    ]  # fmt: skip


def _children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
