"""From drop to ready, against FFmpeg's command line, and what it costs to kill a worker on the way."""

import asyncio
import statistics
from collections.abc import AsyncIterator

from infra.nats.stream import ACK_WAIT_S
from tests.bench.encode_bench import Bench, Figure
from tests.bench.encode_commandline import one_run, run_by_run
from tests.bench.encode_pipeline import drop_to_ready, killed_on_the_way, pipeline


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


async def killed_worker(bench: Bench) -> AsyncIterator[Figure]:
    """Kill the encoder in the middle of its second chunk; it has one in hand, as a worker on one core has."""
    original = bench.original(20)
    later_s, again, most_s = [], [], []
    async with pipeline(bench.folder / "killed", HEADRACE_ENCODE_CONCURRENCY="1") as running:
        for _ in range(bench.runs):
            whole, plan = await drop_to_ready(running, original)
            killed = await killed_on_the_way(running, original)
            chunk = plan.chunks[killed.chunk]
            later_s.append(killed.wall_s - whole.wall_s)
            again.append(killed.segments)
            most_s.append(ACK_WAIT_S + whole.wall_s * (chunk.end_frame - chunk.first_frame) / plan.grid.frames)
    late_s, limit_s = statistics.median(later_s), statistics.median(most_s)
    name = f"worker killed in the 2nd of {len(plan.chunks)} chunks: segments of it made again"
    yield Figure(name, f"{statistics.median(again):.0f}")
    yield Figure(
        "  ready later by; limit: the wait for its heartbeat and that chunk",
        f"{late_s:+.1f} s",
        f"<= {limit_s:.1f} s",
        late_s <= limit_s,
    )
