"""How loud sound is, and how high its peaks reach.

Source: EBU R 128; EBU Tech 3341 (integrated loudness), 3342 (range); ITU-R BS.1770 (true peak).
"""

from typing import NamedTuple

import av
from av.audio.frame import AudioFrame
from av.filter import Graph

_PREFIX = "lavfi.r128."
# What the filter says of what is below its absolute gate.
_SILENCE_LUFS = -70.0


class Heard(NamedTuple):
    """Loudness in LUFS, None in silence; its range in LU; the true peak as an amplitude, to three decimals."""

    integrated_lufs: float | None
    range_lu: float
    true_peak: float


class Meter:
    """FFmpeg's own meter; it leaves what it has measured so far on each frame."""

    def __init__(self, like: AudioFrame) -> None:
        """Measure frames like this one."""
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

    def read(self) -> Heard | None:
        """Return what was measured over everything; None where that was too little to be measured."""
        self.hear(None)
        if "I" not in self._last:
            return None
        integrated_lufs = float(self._last["I"])
        return Heard(
            integrated_lufs=None if integrated_lufs <= _SILENCE_LUFS else integrated_lufs,
            range_lu=float(self._last["LRA"]),
            true_peak=float(self._last["true_peak"]),
        )
