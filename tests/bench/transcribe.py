"""What transcribing costs: the service's child beside faster-whisper called directly, on the same sound and settings.

``HEADRACE_WHISPER_MODEL`` names a model's folder; without one the tiny model of the tests is used, which knows nothing,
so that what is compared is the work around the model. Both load their model before the clock starts.
"""

import argparse
import asyncio
import multiprocessing
import os
import resource
import tempfile
import time
from contextlib import aclosing
from pathlib import Path

import numpy as np
from msgspec.structs import replace
from rich.console import Console
from rich.table import Table

from services.transcribe.heard import Model, Order
from services.transcribe.listener import Listener
from services.transcribe.settings import TranscribeSettings
from tests.range_server import serving
from tests.voice import RATE_HZ, silence, voice, write_wav
from tests.whisper_model import make_model

SAID = [(0.0, 4.0, "It was a bright cold day in spring,"), (4.0, 9.0, "and somebody was talking to a machine.")]
_KIB = 1024


def main() -> None:
    """Measure both and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.transcribe", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="how much sound is heard")
    minutes = parser.parse_args().minutes
    with tempfile.TemporaryDirectory() as folder:
        given = os.environ.get("HEADRACE_WHISPER_MODEL")
        model = given or str(make_model(Path(folder) / "tiny", SAID))
        turn = np.concatenate([voice(20.0), silence(4.0)])
        sound = np.tile(turn, round(minutes * 60 * RATE_HZ / len(turn)) or 1)
        source = write_wav(Path(folder) / "sound.wav", sound)
        alone_s, alone_bytes = _apart(_directly, model, source)
        ours_s, ours_bytes = _apart(_by_the_service, model, source)
    length_s = len(sound) / RATE_HZ
    table = Table(title=f"{length_s / 60:.0f} min of sound, {given or 'the tiny model of the tests'}")
    for column in ("", "time (s)", "real-time factor", "peak memory (MiB)"):
        table.add_column(column, justify="left" if not column else "right")
    for name, taken_s, peak in (("faster-whisper", alone_s, alone_bytes), ("the service", ours_s, ours_bytes)):
        table.add_row(name, f"{taken_s:.2f}", f"{taken_s / length_s:.4f}", f"{peak / _KIB / _KIB:.0f}")
    table.add_row("ratio", f"{ours_s / alone_s:.3f}", "", "")
    Console().print(table)


def _apart(work: object, *args: object) -> tuple[float, int]:
    """Run work in a process of its own, and return its seconds and the peak memory of it or of its children."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_report, args=(theirs, work, *args))
    process.start()
    result: tuple[float, int] = ours.recv()
    process.join()
    return result


def _report(answer: object, work: object, *args: object) -> None:
    taken_s = work(*args)  # type: ignore[operator]  # one of the two below
    peaks = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    answer.send((taken_s, max(peaks) * _KIB))  # type: ignore[attr-defined]  # a connection


def _directly(model: str, source: Path) -> float:
    from faster_whisper import WhisperModel  # noqa: PLC0415 (not in the other process)

    threads = TranscribeSettings().whisper_threads
    whisper = WhisperModel(model, device="cpu", compute_type="int8", cpu_threads=threads)
    options = {"beam_size": 1, "vad_filter": True, "word_timestamps": True, "condition_on_previous_text": False}
    for _ in whisper.transcribe(voice(30.0), **options)[0]:
        pass
    started = time.monotonic()
    for _ in whisper.transcribe(str(source), hallucination_silence_threshold=2.0, **options)[0]:
        pass
    return time.monotonic() - started


def _by_the_service(model: str, source: Path) -> float:
    return asyncio.run(_heard(model, source))


async def _heard(model: str, source: Path) -> float:
    with serving(source) as served:
        settings = TranscribeSettings(
            store_url=served.url, whisper_model=model, whisper_device="cpu", transcribe_niceness=0
        )
        listener = Listener(settings)
        used = await listener.model()
        assert isinstance(used, Model)
        order = Order(model=used, stream_index=0, timeline_start_s=0.0, duration_s=1e6, beam_size=1)
        await _listened(listener, served.url, replace(order, duration_s=30.0))
        started = time.monotonic()
        await _listened(listener, served.url, order)
        taken_s = time.monotonic() - started
        await listener.close()
    return taken_s


async def _listened(listener: Listener, url: str, order: Order) -> None:
    async with aclosing(listener.hear(url, order)) as windows:
        async for _ in windows:
            pass


if __name__ == "__main__":
    main()
