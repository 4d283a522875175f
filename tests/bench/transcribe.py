"""What transcribing costs: the service's child beside faster-whisper called directly, on the same sound and settings.

``HEADRACE_WHISPER_MODEL`` names a model's folder. Without one there are two that the tests make, with random weights:
one as large as Whisper's base, which does the work of a real one, and the tiny one of the tests, which is hardly
any, so that what is compared is the work around the model. Both ways load their model before the clock starts, listen
to what the other listens to, in turns, and the best turn of each counts.
"""

import argparse
import asyncio
import multiprocessing
import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace
from rich.console import Console
from rich.table import Table

from services.transcribe.heard import Model, Order
from services.transcribe.listener import Listener
from services.transcribe.settings import TranscribeSettings
from tests.processes import children_of, cpu_s
from tests.range_server import serving
from tests.voice import RATE_HZ, silence, voice, write_wav
from tests.whisper_model import TINIEST, WHISPER_BASE, make_model

SAID = [(0.0, 4.0, "It was a bright cold day in spring,"), (4.0, 9.0, "and somebody was talking to a machine.")]
_KIB = 1024


class Wish(NamedTuple):
    """What is listened to, by which model, and how many pieces at a time."""

    model: str
    source: Path
    batch: int


class Taken(NamedTuple):
    """Seconds of the clock and of processors, peak memory of the process that listened, and how many words it heard."""

    time_s: float
    cpu_s: float
    words: int
    peak_bytes: int = 0


def main() -> None:
    """Measure both ways, and print a table for each model."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.transcribe", description=__doc__)
    parser.add_argument("--minutes", type=float, default=20.0, help="how much sound is heard; windows last ten")
    parser.add_argument("--turns", type=int, default=3, help="how often each way listens")
    parser.add_argument("--batch", type=int, default=1, help="how many pieces of 30 s are heard at a time")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        turn = np.concatenate([voice(20.0), silence(4.0)])
        sound = np.tile(turn, round(chosen.minutes * 60 * RATE_HZ / len(turn)) or 1)
        source = write_wav(Path(folder) / "sound.wav", sound)
        for name, model in _models(Path(folder)):
            wish = Wish(model, source, chosen.batch)
            turns = [(_apart(_directly, wish), _apart(_by_the_service, wish)) for _ in range(chosen.turns)]
            Console(width=110).print(_table(name, len(sound) / RATE_HZ, turns))


def _models(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield models by name; what was made is gone after its turn."""
    if given := os.environ.get("HEADRACE_WHISPER_MODEL"):
        yield given, given
        return
    yield "a model as large as Whisper's base", str(make_model(folder / "large", SAID, size=WHISPER_BASE))
    yield "the tiny model of the tests", str(make_model(folder / "tiny", SAID, size=TINIEST))


def _table(name: str, length_s: float, turns: list[tuple[Taken, Taken]]) -> Table:
    table = Table(title=f"{length_s / 60:.0f} min of sound, {name}, the best of {len(turns)} turns")
    for column in ("", "time (s)", "real-time factor", "processor (s)", "peak memory (MiB)", "words"):
        table.add_column(column, justify="left" if not column else "right")
    best = [min(own, key=lambda taken: taken.time_s) for own in zip(*turns, strict=True)]
    for way, taken in zip(("faster-whisper", "the service"), best, strict=True):
        peak = f"{taken.peak_bytes / _KIB / _KIB:.0f}"
        factor = f"{taken.time_s / length_s:.4f}"
        table.add_row(way, f"{taken.time_s:.2f}", factor, f"{taken.cpu_s:.2f}", peak, str(taken.words))
    alone, ours = best
    table.add_row("ratio", f"{ours.time_s / alone.time_s:.3f}", "", f"{ours.cpu_s / alone.cpu_s:.3f}", "", "")
    return table


def _apart(work: Callable[[Wish], Taken], wish: Wish) -> Taken:
    """Do work in a process of its own, and return what it took, with the peak memory of it or of its children."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_report, args=(theirs, work, wish))
    process.start()
    theirs.close()
    taken: Taken = ours.recv()
    process.join()
    return taken


def _report(answer: object, work: Callable[[Wish], Taken], wish: Wish) -> None:
    taken = work(wish)
    peaks = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    answer.send(taken._replace(peak_bytes=max(peaks) * _KIB))  # type: ignore[attr-defined]  # a connection


def _cpu_s(pid: int) -> float:
    """Return the processor time of a process and of all below it."""
    return cpu_s(pid) + sum(_cpu_s(child) for child in children_of(pid))


def _directly(wish: Wish) -> Taken:
    from faster_whisper import BatchedInferencePipeline, WhisperModel  # noqa: PLC0415 (not in the other process)

    threads = TranscribeSettings().whisper_threads
    whisper = WhisperModel(wish.model, device="cpu", compute_type="int8", cpu_threads=threads)
    options = {
        "beam_size": 1,
        "vad_filter": True,
        "word_timestamps": True,
        "condition_on_previous_text": False,
        "hallucination_silence_threshold": 2.0,
    }
    transcribe = whisper.transcribe
    if wish.batch > 1:
        transcribe = BatchedInferencePipeline(whisper).transcribe
        options |= {"batch_size": wish.batch, "without_timestamps": False}
    for _ in transcribe(voice(30.0), **options)[0]:
        pass
    before_s, started = _cpu_s(os.getpid()), time.monotonic()
    words = sum(len(segment.words or ()) for segment in transcribe(str(wish.source), **options)[0])
    return Taken(time.monotonic() - started, _cpu_s(os.getpid()) - before_s, words)


def _by_the_service(wish: Wish) -> Taken:
    return asyncio.run(_heard(wish))


async def _heard(wish: Wish) -> Taken:
    with serving(wish.source) as served:
        settings = TranscribeSettings(
            store_url=served.url, whisper_model=wish.model, whisper_device="cpu", transcribe_niceness=0
        )
        listener = Listener(settings)
        used = await listener.model(settings.wishes)
        assert isinstance(used, Model)
        order = Order(model=used, stream_index=0, timeline_start_s=0.0, duration_s=1e6, beam_size=1, batch=wish.batch)
        await _listened(listener, served.url, replace(order, duration_s=30.0))
        before_s, started = _cpu_s(os.getpid()), time.monotonic()
        words = await _listened(listener, served.url, order)
        taken = Taken(time.monotonic() - started, _cpu_s(os.getpid()) - before_s, words)
        await listener.close()
    return taken


async def _listened(listener: Listener, url: str, order: Order) -> int:
    async with aclosing(listener.hear(url, order)) as windows:
        return sum([len(window.words) async for window in windows])


if __name__ == "__main__":
    main()
