"""Sound as the timeline wants it: from slot 0 to the last, without gaps, at the track's rate."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain
from math import ceil

from av.audio.frame import AudioFrame

from contracts.v1 import EncodeAudio
from services.ladder_encode.media.chain import Chain, Kind, kind_of, resampling
from services.ladder_encode.media.decoded import sound_of
from services.runtime.media_open import open_original, original_errors

AAC_FRAME_SAMPLES = 1024
LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1"}
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
        frames = sound_of(container, task.source.index, Fraction(task.timeline_start_s))
        first = next(frames, None)
        if first is not None:
            yield from _on_timeline(chain((first,), frames), kind_of(first), task, gain_db)


def timeline_silence(task: EncodeAudio) -> Iterator[AudioFrame]:
    """Yield as many frames of 1024 samples without any sound."""
    silence = AudioFrame("fltp", LAYOUTS[task.track.channels], AAC_FRAME_SAMPLES)
    for plane in silence.planes:
        plane.update(bytes(plane.buffer_size))
    silence.sample_rate, silence.pts = task.track.sample_rate_hz, 0
    silence.time_base = Fraction(1, task.track.sample_rate_hz)
    yield from _on_timeline([silence], kind_of(silence), task, 0.0)


def _on_timeline(frames: Iterable[AudioFrame], kind: Kind, task: EncodeAudio, gain_db: float) -> Iterator[AudioFrame]:
    """Resample frames of a kind, pad and trim them to the timeline's length."""
    channels, rate_hz, samples = task.track.channels, task.track.sample_rate_hz, timeline_samples(task)
    steady = f":async={_MOST_STRETCHED}:first_pts=0"
    timeline = Chain(
        kind,
        [
            *resampling(kind, LAYOUTS[channels], channels, rate_hz, steady),
            *([("volume", f"volume={gain_db}dB:precision=float")] if gain_db else []),
            ("apad", f"whole_len={samples}"),
            ("atrim", f"end_sample={samples}"),
            ("asetnsamples", f"{AAC_FRAME_SAMPLES}:p=0"),
        ],
    )
    at = 0
    for frame in timeline.through(frames):
        # Where all sound lies before the timeline, the silence in its place has no time.
        frame.pts, frame.time_base = at, Fraction(1, rate_hz)
        at += frame.samples
        yield frame
