"""How loud a rendition of sound is, as it is delivered."""

from collections.abc import Iterator
from contextlib import closing
from math import log10
from pathlib import Path
from typing import IO

import av

from services.measure.decide import Loudness
from services.runtime.media_loudness import Heard, Meter
from services.runtime.media_open import PATIENCE_S
from services.runtime.media_reader import OriginalReader


def loudness_of(parts: list[str]) -> Loudness | None:
    """Return how loud a rendition is, given where its initialisation segment and its segments lie, in order.

    None: nothing can be heard of it. Raises: what reading them raises, and what FFmpeg raises of damaged ones.
    """
    meter: Meter | None = None
    with av.open(_Joined(parts), "r", format="mp4") as container:
        for frame in container.decode(container.streams.audio[0]):
            meter = meter or Meter(frame)
            meter.hear(frame)
    heard = meter.read() if meter else None
    return heard and _rounded(heard)


def _rounded(heard: Heard) -> Loudness:
    return Loudness(
        integrated_lufs=None if heard.integrated_lufs is None else round(heard.integrated_lufs, 1),
        range_lu=round(heard.range_lu, 1),
        true_peak_dbtp=round(20 * log10(heard.true_peak), 1) if heard.true_peak > 0 else None,
    )


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
