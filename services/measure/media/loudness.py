"""How loud a rendition of sound is, as it is delivered.

Source: EBU R 128; EBU Tech 3341 (integrated loudness), 3342 (range); ITU-R BS.1770 (true peak).
"""

from collections.abc import Iterator
from contextlib import closing
from math import log10
from pathlib import Path
from typing import IO

import av
from av.audio.frame import AudioFrame
from av.filter import Graph

from services.measure.decide import Loudness
from services.runtime.media_open import PATIENCE_S
from services.runtime.media_reader import OriginalReader

_PREFIX = "lavfi.r128."
# What the filter says of what is below its absolute gate.
_SILENCE_LUFS = -70.0


def loudness_of(parts: list[str]) -> Loudness | None:
    """Return how loud a rendition is, given where its initialisation segment and its segments lie, in order.

    None: nothing can be heard of it. Raises: what reading them raises, and what FFmpeg raises of damaged ones.
    """
    meter: _Meter | None = None
    with av.open(_Joined(parts), "r", format="mp4") as container:
        for frame in container.decode(container.streams.audio[0]):
            meter = meter or _Meter(frame)
            meter.hear(frame)
    return meter.read() if meter else None


class _Joined:
    """Files that follow each other, read as one; none is opened before its turn."""

    def __init__(self, parts: list[str]) -> None:
        self._pieces = _pieces(parts)
        self._left = b""

    def read(self, count: int) -> bytes:
        if not self._left:
            self._left = next(self._pieces, b"")
        data, self._left = self._left[:count], self._left[count:]
        return data


def _pieces(parts: list[str]) -> Iterator[bytes]:
    for part in parts:
        with closing(_opened(part)) as file:
            while piece := file.read(1 << 16):
                yield piece


def _opened(part: str) -> OriginalReader | IO[bytes]:
    return OriginalReader(part, PATIENCE_S) if "://" in part else Path(part).open("rb")


class _Meter:
    """FFmpeg's own meter; it leaves what it has measured so far on each frame."""

    def __init__(self, like: AudioFrame) -> None:
        self._graph = Graph()
        self._graph.threads = 1
        self._entry = self._graph.add(
            "abuffer",
            f"time_base=1/{like.sample_rate}:sample_rate={like.sample_rate}"
            f":sample_fmt={like.format.name}:channel_layout={like.layout.name}",
        )
        meter = self._graph.add("ebur128", "peak=true:metadata=1:framelog=quiet")
        self._exit = self._graph.add("abuffersink")
        self._entry.link_to(meter)
        meter.link_to(self._exit)
        self._graph.configure()
        self._last: dict[str, str] = {}

    def hear(self, frame: AudioFrame | None) -> None:
        """Take a frame, or the end of them."""
        self._entry.push(frame)
        while True:
            try:
                measured = self._exit.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            told = {name.removeprefix(_PREFIX): value for name, value in measured.metadata.items()}
            self._last = told or self._last

    def read(self) -> Loudness | None:
        """Return what was measured over everything; None where that was too little to be measured."""
        self.hear(None)
        if "I" not in self._last:
            return None
        integrated_lufs, peak = float(self._last["I"]), float(self._last["true_peak"])
        return Loudness(
            integrated_lufs=None if integrated_lufs <= _SILENCE_LUFS else round(integrated_lufs, 1),
            range_lu=round(float(self._last["LRA"]), 1),
            # It is told as an amplitude with three decimals.
            true_peak_dbtp=round(20 * log10(peak), 1) if peak > 0 else None,
        )
