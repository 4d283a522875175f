"""What an audio stream holds, decoded: frames of one kind, whose times count from the timeline's start."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import groupby

from av.audio.frame import AudioFrame
from av.container import InputContainer

from services.ladder_encode.media.chain import Chain, Kind, kind_of, resampling
from services.runtime.media_sound import decoded_sound


def sound_of(container: InputContainer, index: int, start_s: Fraction) -> Iterator[AudioFrame]:
    """Yield a stream's frames as its first one is; times are in samples, from ``start_s`` of the container's clock on.

    Raises: what PyAV raises while demuxing.
    """
    yield from _of_one_kind(_on_timeline(decoded_sound(container, index), start_s))


def _of_one_kind(frames: Iterator[AudioFrame]) -> Iterator[AudioFrame]:
    """Yield frames as the first one is; broadcasts change from stereo to 5.1 and back, which no filter follows."""
    first: Kind | None = None
    for kind, alike in groupby(frames, kind_of):
        first = first or kind
        yield from _converted(alike, kind, first)


def _converted(frames: Iterator[AudioFrame], kind: Kind, to: Kind) -> Iterator[AudioFrame]:
    if kind == to:
        return frames
    filters = [*resampling(kind, to.layout, to.channels, to.rate_hz), ("aformat", f"sample_fmts={to.sample_format}")]
    return Chain(kind, filters).through(frames)


def _on_timeline(frames: Iterator[AudioFrame], start_s: Fraction) -> Iterator[AudioFrame]:
    """Let time count from the timeline's start, in samples of the source."""
    samples = 0
    for frame in frames:
        if frame.pts is not None and frame.time_base is not None:
            samples = round((frame.pts * frame.time_base - start_s) * frame.sample_rate)
        frame.pts, frame.time_base = samples, Fraction(1, frame.sample_rate)
        samples += frame.samples
        yield frame
