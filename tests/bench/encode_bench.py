"""What every row of the encode benchmark needs: originals, how thoroughly to measure, and a line of the table."""

from pathlib import Path
from typing import NamedTuple

from tests.bench.encode_originals import looped, make_loop

MEGABYTE = 1_000_000


class Figure(NamedTuple):
    """One line of the table; ``met`` is None where there is no goal."""

    name: str
    value: str
    goal: str = ""
    met: bool | None = None


class Bench:
    """The originals, made when they are first asked for, and how thoroughly to measure."""

    def __init__(self, folder: Path, *, quick: bool, long: bool) -> None:
        """Choose how often and how long."""
        self.folder = folder
        self.quick = quick
        self.runs = 1 if quick else 3
        self.whole_s = 20 if quick else 40
        self.lengths_s = [10, 60] if quick else [10, 60, 300]
        self.lengths_s += [1200, 3600] if long else []

    def original(self, duration_s: int, kind: str = "film", suffix: str = "mp4") -> Path:
        """Return an original of 1080p."""
        path = self.folder / f"{kind}-{duration_s}.{suffix}"
        return path if path.exists() else looped(self.loop(kind), path, duration_s)

    def loop(self, kind: str, height: int = 1080) -> Path:
        """Return the short original that longer ones consist of."""
        path = self.folder / f"loop-{kind}-{height}.mp4"
        return path if path.exists() else make_loop(path, kind=kind, height=height)


def below(peak_bytes: float, most_megabytes: int) -> tuple[str, str, bool]:
    """Return value, goal and whether it is met, of a peak of memory."""
    peak = peak_bytes / MEGABYTE
    return f"{peak:.0f} MB", f"<= {most_megabytes} MB", peak <= most_megabytes
