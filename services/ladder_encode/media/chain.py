"""Filters for sound, one after the other, and how more channels become fewer."""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

import av
from av.audio.frame import AudioFrame
from av.filter import Graph

STEREO = 2
# What a stereo track gets of more channels: Lo = L + 0.7071 C + 0.7071 Ls, Ro alike; the lowest effects are left out.
# Sums that would clip are held back for a few milliseconds, instead of making all of it 7.7 dB quieter.
# Source: ITU-R BS.775-4, annex 4.
_DOWNMIX = ":center_mix_level=0.70711:surround_mix_level=0.70711:lfe_mix_level=0:rematrix_maxval=1000"
_LIMIT = (
    ("alimiter", "limit=0.891:level=false:latency=true:attack=5:release=50"),
    ("aformat", "sample_fmts=fltp"),
)

Filter = tuple[str, str | None]


class Kind(NamedTuple):
    """What frames must have in common to go through the same filters."""

    sample_format: str
    layout: str
    channels: int
    rate_hz: int


def kind_of(frame: AudioFrame) -> Kind:
    """Return a frame's kind."""
    return Kind(frame.format.name, frame.layout.name, frame.layout.nb_channels, frame.sample_rate)


def resampling(kind: Kind, layout: str, channels: int, rate_hz: int, options: str = "") -> list[Filter]:
    """Return what makes planar floats in a layout of so many channels, at a rate, of frames of a kind."""
    is_mixed = STEREO <= channels < kind.channels
    downmix = _DOWNMIX if is_mixed and channels == STEREO else ""
    return [("aresample", f"{rate_hz}:ochl={layout}:osf=fltp{downmix}{options}"), *(_LIMIT if is_mixed else ())]


class Chain:
    """Filters that frames of one kind go through."""

    def __init__(self, kind: Kind, filters: Iterable[Filter]) -> None:
        """Link the filters."""
        # Kept, because filters do not keep their graph alive.
        self._graph = Graph()
        self._graph.threads = 1
        above = self._entry = self._graph.add(
            "abuffer",
            f"time_base=1/{kind.rate_hz}:sample_rate={kind.rate_hz}"
            f":sample_fmt={kind.sample_format}:channel_layout={kind.layout}",
        )
        for name, arguments in (*filters, ("abuffersink", None)):
            added = self._graph.add(name, arguments)
            above.link_to(added)
            above = added
        self._exit = above
        self._graph.configure()

    def through(self, frames: Iterable[AudioFrame]) -> Iterator[AudioFrame]:
        """Yield what comes of frames, until the last filter wants no more."""
        for frame in chain(frames, (None,)):
            full = not self._push(frame)
            yield from self._pulled()
            if full:
                return

    def _push(self, frame: AudioFrame | None) -> bool:
        """Take a frame, or the end of them; tell whether there was room."""
        try:
            self._entry.push(frame)
        except av.error.EOFError:
            return False
        return True

    def _pulled(self) -> Iterator[AudioFrame]:
        """Yield what is finished."""
        while True:
            try:
                frame = self._exit.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            assert isinstance(frame, AudioFrame)
            yield frame
