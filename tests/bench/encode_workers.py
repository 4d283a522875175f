"""Chunks encoded by processes that each hold one core, as workers do: throughput, memory, bytes, requests."""

import hashlib
import os
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from fractions import Fraction
from importlib.resources import files
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from contracts.v1 import AssetProbed, Chunk, EncodeVideo, Original, Probe, Rung
from services.ladder_encode.media.video import encode_video
from services.plan.decide import plan_asset
from services.plan.ladder import Ladder
from services.plan.tasks import tasks_of
from services.probe.media import read_probe
from tests.range_server import serving

ORIGINAL = Original(bucket="media", key="uploads/clip", size_bytes=1, etag="e")


class Encoded(NamedTuple):
    """One encoded chunk; ``peak_bytes`` is the most memory that its process ever held."""

    sha256: str
    peak_bytes: int


def probed(path: Path) -> Probe:
    """Return what an original contains."""
    return read_probe(str(path), path.stat().st_size)


def video_tasks(path: Path) -> list[EncodeVideo]:
    """Return the video tasks that would be planned for an original, one for each chunk, with all rungs."""
    event = AssetProbed(asset_id="asset", original=ORIGINAL, probe=probed(path))
    plan = plan_asset(event, _ladder(), "engine")
    *_, last = [task for task in tasks_of(event, plan) if isinstance(task, EncodeVideo)]
    return [_with(last, chunk, plan.rungs) for chunk in plan.chunks]


def one_chunk(task: EncodeVideo, first_s: int, end_s: int) -> EncodeVideo:
    """Return a task for a part of the timeline as one chunk."""
    rate = task.grid.frame_rate.fraction
    chunk = Chunk(index=0, first_frame=_frame(first_s, rate), end_frame=_frame(end_s, rate))
    return _with(task, chunk, task.rungs)


def with_rungs(task: EncodeVideo, rungs: Sequence[Rung]) -> EncodeVideo:
    """Return a task for some of its rungs."""
    return _with(task, task.chunk, rungs)


def throughput_ratio(path: Path, task: EncodeVideo, part_s: int) -> float:
    """Return how much faster two workers on a core each encode a chunk twice than one worker does."""
    # Of two different chunks one takes longer, and the other worker would wait for it.
    tasks = [one_chunk(task, 0, part_s)] * 2
    cores = sorted(os.sched_getaffinity(0))[:2]
    return _encoding_s(path, tasks, cores[:1]) / _encoding_s(path, tasks, cores)


def encoded(path: str, task: EncodeVideo) -> Encoded:
    """Encode a chunk in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as worker:
        return worker.submit(_encode, path, task).result()


def read_by_probe(path: Path) -> tuple[int, int]:
    """Return requests and bytes that probing an original by HTTP takes."""
    with serving(path) as served:
        read_probe(served.url, path.stat().st_size)
        return len(served.ranges), served.sent_bytes


def read_by_chunk(path: Path, task: EncodeVideo) -> tuple[int, int]:
    """Return requests and bytes that a chunk in the middle of an original takes, read by HTTP for its lowest rung."""
    with serving(path) as served:
        for _ in encode_video(served.url, _with(task, task.chunk, task.rungs[-1:])):
            pass
        return len(served.ranges), served.sent_bytes


def _encoding_s(path: Path, tasks: Sequence[EncodeVideo], cores: Sequence[int]) -> float:
    context = get_context("spawn")
    queue = context.Queue()
    for core in cores:
        queue.put(core)
    with ProcessPoolExecutor(len(cores), mp_context=context, initializer=_hold_core, initargs=(queue,)) as workers:
        # All have started before the clock does.
        list(workers.map(time.sleep, [0.5] * len(cores)))
        began = time.monotonic()
        list(workers.map(_encode, [str(path)] * len(tasks), tasks))
        return time.monotonic() - began


def _hold_core(cores: Any) -> None:
    os.sched_setaffinity(0, {cores.get()})


def _encode(path: str, task: EncodeVideo) -> Encoded:
    digest = hashlib.sha256()
    for segment in sorted(encode_video(path, task), key=lambda own: (own.rendition, own.number)):
        digest.update(segment.data)
    # Not getrusage: it still counts the process that this one was started from.
    lines = Path("/proc/self/status").read_text().splitlines()
    (peak,) = [line.split()[1] for line in lines if line.startswith("VmHWM:")]
    return Encoded(digest.hexdigest(), int(peak) * 1024)


def _with(task: EncodeVideo, chunk: Chunk, rungs: Sequence[Rung]) -> EncodeVideo:
    return replace(task, chunk=chunk, rungs=[*rungs])


def _frame(at_s: int, rate: Fraction) -> int:
    return round(at_s * rate)


def _ladder() -> Ladder:
    return msgspec.json.decode((files("infra.ladders") / "h264.json").read_bytes(), type=Ladder)
