"""An original's sound as Whisper wants it: mono, 16 kHz, 32-bit floats, in its place on the asset's timeline."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.container import InputContainer
from numpy.typing import NDArray

from services.runtime.errors import Permanent
from services.runtime.media_open import open_original, original_errors
from services.runtime.media_sound import decoded_sound
from services.transcribe.heard import Order

RATE_HZ = 16_000
Samples = NDArray[np.float32]

# What the clock may differ from the count of samples before the clock is believed.
_TOLERANCE = round(0.03 * RATE_HZ)
_SILENCE = 60 * RATE_HZ
# Codecs need some sound before they are exact.
_RUN_UP_S = 2.0


def timeline_samples(url: str, order: Order) -> Iterator[Samples]:
    """Yield the sound from ``order.from_s`` on without a gap, until it ends or the timeline does.

    Raises: Permanent: ``undecodable_audio``, or what ``open_original`` and ``original_errors`` raise.
    """
    at, end = round(order.from_s * RATE_HZ), round(order.duration_s * RATE_HZ)
    clock: int | None = None
    with original_errors(), _opened(url, order) as container:
        for place, samples in _placed(decoded_sound(container, order.stream_index), order.timeline_start_s):
            if clock is None or (place is not None and abs(place - clock) >= _TOLERANCE):
                clock = at if place is None else place
            start, clock = clock, clock + len(samples)
            if start >= end:
                break
            while at < start:
                silence = np.zeros(min(start - at, _SILENCE), np.float32)
                at += len(silence)
                yield silence
            own = samples[at - start : end - start]
            at += len(own)
            yield own
    if clock is None and not order.from_s:
        message = f"Nothing can be decoded from audio stream {order.stream_index}; export the file again."
        raise Permanent("undecodable_audio", message)


def _placed(frames: Iterator[AudioFrame], start_s: float) -> Iterator[tuple[int | None, Samples]]:
    """Yield frames resampled, each with its place in samples of the timeline, if it tells its time."""
    resampler, form = _resampler(), None
    for frame in frames:
        told = (frame.format.name, frame.layout.name, frame.sample_rate)
        if told != form:
            resampler, form = _resampler(), told
        place = None
        if frame.pts is not None and frame.time_base is not None:
            place = round((float(frame.pts * frame.time_base) - start_s) * RATE_HZ)
        # The resampler counts by itself, and would fill up what the place tells.
        frame.pts = None
        for made in resampler.resample(frame):
            yield place, _samples(made)
            place = None
    if form is not None:
        for made in resampler.resample(None):
            yield None, _samples(made)


def _samples(frame: AudioFrame) -> Samples:
    # Sound of floats may hold what is no number; its peak could not be told.
    made = frame.to_ndarray().reshape(-1).astype(np.float32, copy=False)
    return np.nan_to_num(made, copy=False, nan=0.0, posinf=0.0, neginf=0.0)


def _resampler() -> AudioResampler:
    return AudioResampler(format="flt", layout="mono", rate=RATE_HZ)


@contextmanager
def _opened(url: str, order: Order) -> Iterator[InputContainer]:
    """Open an original a little before the order's beginning, or at its own where it has no index to seek by."""
    with ExitStack() as opened:
        container = opened.enter_context(open_original(url))
        if order.from_s > _RUN_UP_S:
            audio = container.streams[order.stream_index]
            assert audio.time_base is not None
            at = round((order.timeline_start_s + order.from_s - _RUN_UP_S) / audio.time_base)
            try:
                container.seek(at, stream=audio)
            except av.error.PermissionError:  # FFmpeg's -1
                # Where it stands now, nobody says.
                container = opened.enter_context(open_original(url))
        yield container
