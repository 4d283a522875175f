"""The engine without the pipeline: what chunks cost in quality, memory and bytes, and what workers give."""

import os
import statistics
from collections.abc import Iterator

from tests.bench import encode_quality, encode_workers
from tests.bench.encode_bench import MEGABYTE, Bench, Figure, below


def cut_into_chunks(bench: Bench) -> Iterator[Figure]:
    """One rung of 1080p in chunks, against the same in one piece."""
    end_s = 12 if bench.quick else 20
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
    """Throughput and sameness of processes that encode chunks."""
    part_s = 4 if bench.quick else 6
    original = bench.original(20)
    task = encode_workers.video_tasks(original)[-1]
    if len(os.sched_getaffinity(0)) > 1:
        ratios = [encode_workers.throughput_ratio(original, task, part_s) for _ in range(bench.runs)]
        ratio = statistics.median(ratios)
        yield Figure("two workers against one, a core each", f"{ratio:.2f} x", ">= 1.9 x", ratio >= 1.9)
    chunk = encode_workers.one_chunk(task, 4, 8)
    made = {encode_workers.encoded(str(original), chunk).sha256 for _ in range(1 + bench.runs)}
    same = len(made) == 1
    yield Figure(f"a chunk made {1 + bench.runs} times is the same", "yes" if same else "no", "yes", same)


def memory(bench: Bench) -> Iterator[Figure]:
    """Peak memory of a worker with the first chunk's lowest rung, and with all rungs of a late chunk."""
    for duration_s in (60, bench.lengths_s[-1]):
        original = bench.original(duration_s, "standard")
        first, *_, last = encode_workers.video_tasks(original)
        head = encode_workers.with_rungs(first, first.rungs[-1:])
        late = encode_workers.one_chunk(last, duration_s - 4, duration_s)
        for name, task in (("first picture", head), ("a late chunk", late)):
            peak = statistics.median(encode_workers.encoded(str(original), task).peak_bytes for _ in range(bench.runs))
            yield Figure(f"peak memory, 1080p of {duration_s} s, {name}", *below(peak, 700))
    large = bench.loop("film", height=2160)
    task = encode_workers.one_chunk(encode_workers.video_tasks(large)[0], 0, 4)
    peak = statistics.median(encode_workers.encoded(str(large), task).peak_bytes for _ in range(bench.runs))
    yield Figure("peak memory, 2160p, a chunk", *below(peak, 2000))


def read_by_range(bench: Bench) -> Iterator[Figure]:
    """Requests and bytes to probe an original and to read one chunk of it, by container."""
    for suffix in ("mp4", "mkv", "ts"):
        original = bench.original(60, "film", suffix)
        task = encode_workers.one_chunk(encode_workers.video_tasks(original)[-1], 28, 36)
        probe = encode_workers.read_by_probe(original)
        chunk = encode_workers.read_by_chunk(original, task)
        size = f"{original.stat().st_size / MEGABYTE:.0f} MB"
        for what, (requests, read_bytes) in (("probe", probe), ("8 s in the middle", chunk)):
            yield Figure(f"{suffix} of {size}: {what}", f"{requests} requests, {read_bytes / MEGABYTE:.1f} MB")
