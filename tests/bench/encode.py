"""What the encode engine costs and gives: one table of figures, goals, and whether they are met.

``--quick`` takes shorter originals and fewer runs; ``--long`` adds originals of 20 and 60 minutes. Everything is
measured on this machine in this run, rivals in turn with Headrace, so ratios hold where absolute times do not.
"""

import argparse
import asyncio
import os
import statistics
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from tests.bench import encode_quality, encode_workers
from tests.bench.encode_commandline import one_run, run_by_run
from tests.bench.encode_originals import looped, make_loop
from tests.bench.encode_pipeline import drop_to_playable, drop_to_ready, pipeline

MEGABYTE = 1_000_000


class Figure(NamedTuple):
    """One line of the table; ``met`` is None where there is no goal."""

    name: str
    value: str
    goal: str = ""
    met: bool | None = None


class Bench:
    """The originals, made once, and how thoroughly to measure."""

    def __init__(self, folder: Path, *, quick: bool, long: bool) -> None:
        """Make the loops that every original is a part of."""
        self.folder = folder
        self.runs = 1 if quick else 3
        self.whole_s = 20 if quick else 60
        self.lengths_s = [10, 60] if quick else [10, 60, 300]
        self.lengths_s += [1200, 3600] if long else []
        self._loops = {codec: make_loop(folder / f"loop-{codec}.mp4", codec=codec) for codec in ("h264", "hevc")}

    def original(self, duration_s: int, codec: str = "h264", suffix: str = "mp4") -> Path:
        """Return an original of 1080p."""
        path = self.folder / f"{codec}-{duration_s}.{suffix}"
        return path if path.exists() else looped(self._loops[codec], path, duration_s)


async def against_commandline(bench: Bench) -> AsyncIterator[Figure]:
    """From drop to ready, against FFmpeg's command line on a local copy."""
    original = bench.original(bench.whole_s)
    ours, theirs, sequential = [], [], []
    async with pipeline(bench.folder / "ready") as running:
        for _ in range(bench.runs):
            spent, plan = await drop_to_ready(running, original)
            ours.append(spent)
            theirs.append(await asyncio.to_thread(one_run, original, plan, bench.folder / "rival"))
            sequential.append(await asyncio.to_thread(run_by_run, original, plan, bench.folder / "rival"))
    wall = statistics.median(own.wall_s / rival.wall_s for own, rival in zip(ours, theirs, strict=True))
    cpu = statistics.median(own.cpu_s / rival.cpu_s for own, rival in zip(ours, theirs, strict=True))
    faster = statistics.median(rival.wall_s / own.wall_s for own, rival in zip(ours, sequential, strict=True))
    own_s, rival_s = (statistics.median(spent.wall_s for spent in runs) for runs in (ours, theirs))
    yield Figure(
        f"{bench.whole_s} s of 1080p, drop to ready, Headrace / one FFmpeg run", f"{own_s:.1f} / {rival_s:.1f} s"
    )
    yield Figure("  wall", f"{wall:.2f} x", "<= 1.05 x", wall <= 1.05)
    yield Figure("  CPU, with store, queue and pictures", f"{cpu:.2f} x")
    yield Figure("  faster than one FFmpeg run for each rung", f"{faster:.2f} x", "> 1 x", faster > 1)


async def until_playable(bench: Bench) -> AsyncIterator[Figure]:
    """From drop to playable, by length and kind of original, on an idle machine and on a busy one."""
    kinds = [(seconds, "h264", "mp4") for seconds in bench.lengths_s]
    kinds += [(60, "hevc", "mp4"), (60, "h264", "mkv")]
    for duration_s, codec, suffix in kinds:
        original, taken_s = bench.original(duration_s, codec, suffix), []
        for _ in range(bench.runs):
            # What remains of the work goes with the stack.
            with tempfile.TemporaryDirectory(dir=bench.folder) as folder:
                async with pipeline(Path(folder)) as running:
                    taken_s.append(await drop_to_playable(running, original))
        value_s = statistics.median(taken_s)
        name = f"playable after drop, {duration_s} s, {codec} in {suffix}"
        yield Figure(name, f"{value_s:.2f} s", "<= 2.0 s", value_s <= 2.0)
    async with pipeline(bench.folder / "busy") as running:
        await drop_to_playable(running, bench.original(60))
        busy_s = [await drop_to_playable(running, bench.original(10)) for _ in range(bench.runs)]
    yield Figure("playable after drop, every core busy with other assets", f"{statistics.median(busy_s):.2f} s")


def cut_into_chunks(bench: Bench) -> Iterator[Figure]:
    """One rung of 1080p in chunks, against the same in one piece."""
    end_s = 12 if bench.runs == 1 else 20
    original = bench.original(20)
    task = encode_workers.video_tasks(original)[-1]
    whole = encode_quality.chunked(original, task, [end_s], bench.folder / "whole.mp4")
    for chunk_s in (4, 8):
        ends_s = [*range(chunk_s, end_s, chunk_s), end_s]
        cut = encode_quality.chunked(original, task, ends_s, bench.folder / "cut.mp4")
        xpsnr_db = cut.xpsnr_db - whole.xpsnr_db
        yield Figure(f"chunks of {chunk_s} s: frames", f"{cut.frames}", f"{whole.frames}", cut.frames == whole.frames)
        yield Figure("  XPSNR against one piece", f"{xpsnr_db:+.3f} dB", "<= 0.1 dB", abs(xpsnr_db) <= 0.1)
        yield Figure("  PSNR against one piece", f"{cut.psnr_db - whole.psnr_db:+.3f} dB")
        yield Figure("  least fill of the decoder's buffer", f"{cut.least_buffer:.0%}", ">= 0 %", cut.least_buffer >= 0)


def workers(bench: Bench) -> Iterator[Figure]:
    """Throughput, memory and sameness of processes that encode chunks."""
    part_s = 4 if bench.runs == 1 else 10
    original = bench.original(20)
    task = encode_workers.video_tasks(original)[-1]
    if len(os.sched_getaffinity(0)) > 1:
        ratios = [encode_workers.throughput_ratio(original, task, part_s) for _ in range(bench.runs)]
        ratio = statistics.median(ratios)
        yield Figure("two workers against one, a core each", f"{ratio:.2f} x", ">= 1.9 x", ratio >= 1.9)
    chunk = encode_workers.one_chunk(task, 4, 8)
    first, again = (encode_workers.encoded(str(original), chunk) for _ in range(2))
    same = first.sha256 == again.sha256
    yield Figure("a chunk made twice is the same, byte by byte", "yes" if same else "no", "yes", same)
    yield Figure("peak memory of a worker, 1080p", *_below(first.peak_bytes, 700))
    large = make_loop(bench.folder / "loop-2160.mp4", height=2160, duration_s=4)
    peak = encode_workers.encoded(str(large), encode_workers.video_tasks(large)[0]).peak_bytes
    yield Figure("peak memory of a worker, 2160p", *_below(peak, 2000))


def read_by_range(bench: Bench) -> Iterator[Figure]:
    """Requests and bytes to probe an original and to read one chunk of it, by container."""
    for suffix in ("mp4", "mkv", "ts"):
        original = bench.original(60, "h264", suffix)
        task = encode_workers.one_chunk(encode_workers.video_tasks(original)[-1], 28, 36)
        probe = encode_workers.read_by_probe(original)
        chunk = encode_workers.read_by_chunk(original, task)
        size = f"{original.stat().st_size / MEGABYTE:.0f} MB"
        for what, (requests, read_bytes) in (("probe", probe), ("8 s in the middle", chunk)):
            yield Figure(f"{suffix} of {size}: {what}", f"{requests} requests, {read_bytes / MEGABYTE:.1f} MB")


def _below(peak_bytes: int, most_megabytes: int) -> tuple[str, str, bool]:
    peak = peak_bytes / MEGABYTE
    return f"{peak:.0f} MB", f"<= {most_megabytes} MB", peak <= most_megabytes


async def measured(bench: Bench) -> AsyncIterator[Figure]:
    """Yield every figure as it is known."""
    async for figure in against_commandline(bench):
        yield figure
    async for figure in until_playable(bench):
        yield figure
    for part in (cut_into_chunks, workers, read_by_range):
        for figure in part(bench):
            yield figure


async def table_of(bench: Bench, progress: Console) -> Table:
    """Measure everything; ``progress`` hears each figure at once."""
    table = Table(title=f"Encode engine on {len(os.sched_getaffinity(0))} cores, medians of {bench.runs}")
    for column in ("figure", "value", "goal", "met"):
        table.add_column(column, justify="right" if column in ("value", "goal") else "left")
    async for figure in measured(bench):
        progress.print(f"{figure.name}: {figure.value}")
        table.add_row(figure.name, figure.value, figure.goal, {True: "yes", False: "NO", None: ""}[figure.met])
    return table


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.encode", description=main.__doc__)
    parser.add_argument("--quick", action="store_true", help="shorter originals, one run of each")
    parser.add_argument("--long", action="store_true", help="originals of 20 and 60 minutes too")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), quick=chosen.quick, long=chosen.long)
        Console(width=110).print(asyncio.run(table_of(bench, Console(stderr=True, width=110))))


if __name__ == "__main__":
    main()
