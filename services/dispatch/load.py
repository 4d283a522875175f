"""How much work a task is, and how long that takes, as was seen of others. Pure."""

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from contracts.v1 import AnyFact, AnyTask, CopyVideo, EncodeAudio, EncodeVideo, RemuxRung, TranscribeAudio

_REMEMBERED = 200
_TOLD = 50
_MEGAPIXEL = 1_000_000
_QUARTER = 4
_LEAST_S = 1e-6


Seen = list[tuple[float, float]]
"""Pieces of one kind of work: how many units each was, and how many seconds it took."""


class Load(NamedTuple):
    """What a task takes: ``units`` of a ``kind`` of work."""

    kind: str
    units: float = 1.0


def load_of(task: AnyTask | AnyFact) -> Load:
    """Return how much work a task is: megapixels to encode, seconds to copy, or one piece of what is always alike."""
    match task:
        case EncodeVideo():
            frames = task.chunk.end_frame - task.chunk.first_frame
            pixels = sum(rung.width * rung.height / rung.frame_step for rung in task.rungs)
            codecs = "+".join(sorted({rung.codec for rung in task.rungs}))
            return Load(f"{task.kind()}.{task.lane}.{codecs}.{task.preset}", frames * pixels / _MEGAPIXEL)
        case EncodeAudio() | CopyVideo():
            return Load(task.kind(), task.grid.duration_s)
        case RemuxRung() | TranscribeAudio():
            return Load(task.kind(), task.duration_s)
        case _:
            return Load(task.kind())


class Speeds:
    """How long work takes a worker that shares its processor with few, kind by kind, as was seen lately."""

    def __init__(self) -> None:
        """Begin with nothing known."""
        self._seen: defaultdict[str, deque[tuple[float, float]]] = defaultdict(lambda: deque(maxlen=_REMEMBERED))
        self._fits: dict[str, tuple[float, float]] = {}

    def add(self, load: Load, taken_s: float) -> None:
        """Take into account what a task took."""
        self._seen[load.kind].append((load.units, taken_s))
        self._fit(load.kind)

    @property
    def seen(self) -> dict[str, Seen]:
        """Return the latest of what was seen, by kind."""
        return {kind: list(pieces)[-_TOLD:] for kind, pieces in self._seen.items()}

    def recall(self, seen: Mapping[str, Seen]) -> None:
        """Begin with what was seen by others, of kinds of which nothing was seen here."""
        for kind, pieces in seen.items():
            if pieces and kind not in self._fits:
                self._seen[kind].extend(pieces)
                self._fit(kind)

    def _fit(self, kind: str) -> None:
        seen = self._seen[kind]
        each_s, unit_s = fitted(seen)
        # Work that steps back behind other work takes many times as long meanwhile.
        times = sorted(taken / max(each_s + units * unit_s, _LEAST_S) for units, taken in seen)
        undisturbed = times[len(times) // _QUARTER]
        self._fits[kind] = each_s * undisturbed, unit_s * undisturbed

    def seconds(self, load: Load) -> float | None:
        """Return how long a task will take a worker; None of a kind that was not seen yet."""
        if load.kind not in self._fits:
            return None
        each_s, unit_s = self._fits[load.kind]
        return each_s + load.units * unit_s


def fitted(seen: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return what a task takes by itself and what each unit of it takes, by least squares; neither is negative.

    ``seen`` are units and seconds.
    """
    units, seconds = (sum(values) / len(seen) for values in zip(*seen, strict=True))
    spread = sum((one - units) ** 2 for one, _ in seen)
    slope = sum((one - units) * (taken - seconds) for one, taken in seen) / spread if spread else 0.0
    if slope <= 0:
        return seconds, 0.0
    if seconds < slope * units:
        return 0.0, seconds / units
    return seconds - slope * units, slope
