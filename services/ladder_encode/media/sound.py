"""Reading an audio stream as the timeline wants it: from slot 0 to the last, without gaps, at the track's rate."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import chain
from math import ceil

from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Discard

from contracts.v1 import EncodeAudio
from services.ladder_encode.media.mixing import Chain, Form, Step, alike, form_of, mixing
from services.runtime.media_open import DECODING_ERRORS, open_original, original_errors
from services.runtime.media_packets import up_to_damage

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
        frames = _on_timeline(alike(_decoded(container, task.source.index)), Fraction(task.timeline_start_s))
        first = next(frames, None)
        if first is None:
            return
        timeline = _timeline(first, task, gain_db)
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
    timeline = _timeline(silence, task, 0.0)
    for frame in (silence, None):
        timeline.push(frame)
        yield from timeline.pulled()


def _timeline(like: AudioFrame, task: EncodeAudio, gain_db: float) -> Chain:
    """Return what resamples, pads and trims to the timeline's length."""
    track, samples = task.track, timeline_samples(task)
    given, wanted = form_of(like), Form("fltp", LAYOUTS[track.channels], track.channels, track.sample_rate_hz)
    steps: list[Step] = [
        *mixing(given, wanted, f":async={_MOST_STRETCHED}:first_pts=0"),
        *([("volume", f"volume={gain_db}dB:precision=float")] if gain_db else []),
        ("apad", f"whole_len={samples}"),
        ("atrim", f"end_sample={samples}"),
        ("asetnsamples", f"{AAC_FRAME_SAMPLES}:p=0"),
        # What is only padding, because all sound lies before the picture, has no times.
        ("asetpts", "N"),
    ]
    return Chain(given, Fraction(1, like.sample_rate), steps)


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
