"""What an audio stream holds, decoded: frames of one kind, whose times count from the timeline's start."""

from collections.abc import Iterator
from fractions import Fraction

from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Discard

from services.runtime.media_open import DECODING_ERRORS
from services.runtime.media_packets import up_to_damage


def frames_of(container: InputContainer, index: int, start_s: Fraction) -> Iterator[AudioFrame]:
    """Yield a stream's frames as its first one is; times are in samples, from ``start_s`` of the container's clock on.

    Raises: what PyAV raises while demuxing.
    """
    yield from _of_one_kind(_on_timeline(_decoded(container, index), start_s))


def _of_one_kind(frames: Iterator[AudioFrame]) -> Iterator[AudioFrame]:
    """Yield frames as the first one is; broadcasts change from stereo to 5.1 and back, which no filter follows."""
    first = kind = None
    converter: AudioResampler | None = None
    for frame in frames:
        own = frame.format.name, frame.layout.name, frame.sample_rate
        first = first or own
        if own != kind:
            yield from converter.resample(None) if converter else ()
            converter = None if own == first else AudioResampler(*first)
            kind = own
        yield from converter.resample(frame) if converter else (frame,)
    yield from converter.resample(None) if converter else ()


def _on_timeline(frames: Iterator[AudioFrame], start_s: Fraction) -> Iterator[AudioFrame]:
    """Let time count from the timeline's start, in samples of the source."""
    samples = 0
    for frame in frames:
        if frame.pts is not None and frame.time_base is not None:
            samples = round((frame.pts * frame.time_base - start_s) * frame.sample_rate)
        frame.pts, frame.time_base = samples, Fraction(1, frame.sample_rate)
        samples += frame.samples
        yield frame


def _decoded(container: InputContainer, index: int) -> Iterator[AudioFrame]:
    """Yield what can be decoded, leaving out what is damaged."""
    for stream in container.streams:
        stream.discard = Discard.default if stream.index == index else Discard.all
    audio = container.streams[index]
    assert isinstance(audio, AudioStream)
    for packet in up_to_damage(container.demux(audio)):
        try:
            frames = packet.decode()
        except DECODING_ERRORS:
            continue
        yield from frames
