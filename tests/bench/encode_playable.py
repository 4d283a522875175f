"""From drop to playable, by length and kind of original, on an idle machine and on a busy one."""

import statistics
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from tests.bench.encode_bench import MEGABYTE, Bench, Figure
from tests.bench.encode_pipeline import drop_to_playable, pipeline

GOAL_S = 2.0
# Kinds that are no standard originals, at one length; the slowest to decode comes at every length.
OTHERS = [("long-groups", "mp4"), ("film", "mkv")]


async def until_playable(bench: Bench) -> AsyncIterator[Figure]:
    """Drop each original into a stack of its own: what remains of its work goes with the stack."""
    kinds = [(seconds, kind, "mp4") for seconds in bench.lengths_s for kind in ("standard", "hevc")]
    kinds += [(60, kind, suffix) for kind, suffix in OTHERS]
    for duration_s, kind, suffix in kinds:
        original = bench.original(duration_s, kind, suffix)
        size = f"{original.stat().st_size / MEGABYTE:.0f} MB"
        taken_s, copied = [], set()
        for _ in range(bench.runs):
            with tempfile.TemporaryDirectory(dir=bench.folder) as folder:
                async with pipeline(Path(folder)) as running:
                    own_s, plan = await drop_to_playable(running, original)
            taken_s.append(own_s)
            copied.add("compliant" if plan.copied else "encoded")
        value_s = statistics.median(taken_s)
        name = f"playable: {duration_s} s, {kind} {suffix} of {size}, {' '.join(copied)}"
        yield Figure(name, f"{value_s:.2f} s", f"<= {GOAL_S} s", value_s <= GOAL_S)


async def until_playable_beside_others(bench: Bench) -> AsyncIterator[Figure]:
    """Drop originals while every core encodes another asset."""
    async with pipeline(bench.folder / "busy") as running:
        await drop_to_playable(running, bench.original(60))
        busy_s = [(await drop_to_playable(running, bench.original(10)))[0] for _ in range(bench.runs)]
    yield Figure("playable, every core busy with other assets", f"{statistics.median(busy_s):.2f} s")
