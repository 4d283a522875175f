"""Sound as the timeline wants it: from slot 0 to the last, without gaps, at the track's rate."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import chain
from math import ceil

import av
from av.audio.frame import AudioFrame
from av.filter import Graph

from contracts.v1 import EncodeAudio
from services.ladder_encode.media.decoded import frames_of
from services.runtime.media_open import open_original, original_errors

AAC_FRAME_SAMPLES = 1024
LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1"}
STEREO = 2
# What a stereo track gets of more channels: Lo = L + 0.7071 C + 0.7071 Ls, Ro alike; the lowest effects are left out.
# Sums that would clip are held back for a few milliseconds, instead of making all of it 7.7 dB quieter.
# Source: ITU-R BS.775-4, annex 4.
_DOWNMIX = ":center_mix_level=0.70711:surround_mix_level=0.70711:lfe_mix_level=0:rematrix_maxval=1000"
_LIMIT = (
    ("alimiter", "limit=0.891:level=false:latency=true:attack=5:release=50"),
    ("aformat", "sample_fmts=fltp"),
)
# How many samples a second may be stretched or squeezed to follow the source's clock.
_MOST_STRETCHED = 1000


def timeline_samples(task: EncodeAudio) -> int:
    """Return how many samples the whole timeline has at the track's rate."""
    return round(task.grid.frames / task.grid.frame_rate.fraction * task.track.sample_rate_hz)


def frames_needed(task: EncodeAudio) -> int:
    """Return how many AAC frames reach from the first one, which holds priming, to the timeline's end."""
    return ceil((timeline_samples(task) + task.track.priming_samples) / AAC_FRAME_SAMPLES)


def segment_starts(task: EncodeAudio) -> list[int]:
    """Return the index of each segment's first AAC frame, the one that begins nearest to the video's segment."""
    grid, track = task.grid, task.track
    samples = track.sample_rate_hz / grid.frame_rate.fraction
    # Counted from a whole frame of priming, so that boundaries between two frames fall alike in all tracks.
    beyond = track.priming_samples - AAC_FRAME_SAMPLES
    nearest = [1 + round((first * samples + beyond) / AAC_FRAME_SAMPLES) for first in grid.segment_starts[1:]]
    return [0, *(min(start, frames_needed(task) - 1) for start in nearest)]


def timeline_sound(url: str, task: EncodeAudio, gain_db: float = 0.0) -> Iterator[AudioFrame]:
    """Yield frames of 1024 samples that fill the timeline exactly; silence where the source has none.

    All of it is made louder by ``gain_db``. Nothing is yielded where nothing can be decoded.

    Raises: what ``open_original`` and ``original_errors`` raise.
    """
    with original_errors(), open_original(url) as container:
        frames = frames_of(container, task.source.index, Fraction(task.timeline_start_s))
        first = next(frames, None)
        if first is None:
            return
        timeline = _Timeline(first, task, gain_db)
        for frame in chain((first,), frames, (None,)):
            full = not timeline.push(frame)
            yield from timeline.pulled()
            if full:
                return


def timeline_silence(task: EncodeAudio) -> Iterator[AudioFrame]:
    """Yield as many frames of 1024 samples without any sound."""
    silence = AudioFrame("fltp", LAYOUTS[task.track.channels], AAC_FRAME_SAMPLES)
    for plane in silence.planes:
        plane.update(bytes(plane.buffer_size))
    silence.sample_rate, silence.pts = task.track.sample_rate_hz, 0
    silence.time_base = Fraction(1, task.track.sample_rate_hz)
    timeline = _Timeline(silence, task, 0.0)
    for frame in (silence, None):
        timeline.push(frame)
        yield from timeline.pulled()


class _Timeline:
    """A filter graph that resamples, pads and trims to the timeline's length."""

    def __init__(self, like: AudioFrame, task: EncodeAudio, gain_db: float) -> None:
        is_mixed = STEREO <= task.track.channels < like.layout.nb_channels
        resampled = f"{task.track.sample_rate_hz}:ochl={LAYOUTS[task.track.channels]}:osf=fltp"
        resampled += _DOWNMIX if is_mixed and task.track.channels == STEREO else ""
        samples = timeline_samples(task)
        self._samples, self._tick = 0, Fraction(1, task.track.sample_rate_hz)
        # Kept, because filters do not keep their graph alive.
        self._graph = Graph()
        self._graph.threads = 1
        above = self._entry = self._graph.add(
            "abuffer",
            f"time_base=1/{like.sample_rate}:sample_rate={like.sample_rate}"
            f":sample_fmt={like.format.name}:channel_layout={like.layout.name}",
        )
        for name, arguments in (
            ("aresample", f"{resampled}:async={_MOST_STRETCHED}:first_pts=0"),
            *(_LIMIT if is_mixed else ()),
            *((("volume", f"volume={gain_db}dB:precision=float"),) if gain_db else ()),
            ("apad", f"whole_len={samples}"),
            ("atrim", f"end_sample={samples}"),
            ("asetnsamples", f"{AAC_FRAME_SAMPLES}:p=0"),
            ("abuffersink", None),
        ):
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
            # Where all sound lies before the timeline, the silence in its place has no time.
            frame.pts, frame.time_base = self._samples, self._tick
            self._samples += frame.samples
            yield frame
