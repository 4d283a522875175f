"""From the channels, rate and format that sound has to those that are wanted."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import NamedTuple

import av
from av.audio.frame import AudioFrame
from av.filter import Graph

STEREO = 2
# What a stereo track gets of more channels: Lo = L + 0.7071 C + 0.7071 Ls, Ro alike; the lowest effects are left out.
# Sums that would clip are held back for a few milliseconds, instead of making all of it 7.7 dB quieter.
# Source: ITU-R BS.775-4, annex 4.
_DOWNMIX = ":center_mix_level=0.70711:surround_mix_level=0.70711:lfe_mix_level=0:rematrix_maxval=1000"
_LIMIT = ("alimiter", "limit=0.891:level=false:latency=true:attack=5:release=50")

Step = tuple[str, str | None]


class Form(NamedTuple):
    """How sound is held."""

    sample_format: str
    layout: str
    channels: int
    rate_hz: int


def form_of(frame: AudioFrame) -> Form:
    """Return how a frame is held."""
    return Form(frame.format.name, frame.layout.name, frame.layout.nb_channels, frame.sample_rate)


def mixing(given: Form, wanted: Form, timing: str = "") -> list[Step]:
    """Return the filters from one form to another; ``timing`` are more options of FFmpeg's ``aresample``."""
    is_mixed = STEREO <= wanted.channels < given.channels
    downmix = _DOWNMIX if is_mixed and wanted.channels == STEREO else ""
    resampled = f"{wanted.rate_hz}:ochl={wanted.layout}:osf={wanted.sample_format}{downmix}{timing}"
    # The limiter has a format of its own.
    limited: list[Step] = [_LIMIT, ("aformat", f"sample_fmts={wanted.sample_format}")] if is_mixed else []
    return [("aresample", resampled), *limited]


class Chain:
    """Filters one behind the other."""

    def __init__(self, given: Form, time_base: Fraction, steps: Iterable[Step]) -> None:
        """Take sound of one form, whose times count ``time_base``."""
        # Kept, because filters do not keep their graph alive.
        self._graph = Graph()
        self._graph.threads = 1
        above = self._entry = self._graph.add(
            "abuffer",
            f"time_base={time_base}:sample_rate={given.rate_hz}"
            f":sample_fmt={given.sample_format}:channel_layout={given.layout}",
        )
        for name, arguments in (*steps, ("abuffersink", None)):
            added = self._graph.add(name, arguments)
            above.link_to(added)
            above = added
        self._exit = above
        self._graph.configure()

    def push(self, frame: AudioFrame | None) -> bool:
        """Take a frame, or the end of them; tell whether there was room."""
        try:
            self._entry.push(frame)
        except av.error.EOFError:
            return False
        return True

    def pulled(self) -> Iterator[AudioFrame]:
        """Yield what is finished."""
        while True:
            try:
                frame = self._exit.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            assert isinstance(frame, AudioFrame)
            yield frame


def alike(frames: Iterable[AudioFrame]) -> Iterator[AudioFrame]:
    """Yield sound in the form that it begins with; broadcasts change it between programmes."""
    first: Form | None = None
    form: Form | None = None
    chain: Chain | None = None
    for frame in frames:
        own = form_of(frame)
        first = first or own
        if chain and own != form:
            yield from _ended(chain)
            chain = None
        form = own
        if own == first or frame.time_base is None:
            yield frame
            continue
        chain = chain or Chain(own, frame.time_base, mixing(own, first))
        chain.push(frame)
        yield from chain.pulled()
    if chain:
        yield from _ended(chain)


def _ended(chain: Chain) -> Iterator[AudioFrame]:
    chain.push(None)
    return chain.pulled()
