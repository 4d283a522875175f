"""A voice that nobody has, for whoever listens for voices: vowels of a synthetic throat, syllable by syllable."""

import wave
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from tests.media import numbered_frames

RATE_HZ = 16_000
_VOWELS_HZ = ((730, 1090, 2440), (270, 2290, 3010), (300, 870, 2240), (530, 1840, 2480))
_BANDWIDTHS_HZ = (80, 100, 120)
_SYLLABLE_S = 0.2

Samples = NDArray[np.float32]


def silence(duration_s: float) -> Samples:
    return np.zeros(round(duration_s * RATE_HZ), np.float32)


@lru_cache
def voice(duration_s: float, pitch_hz: float = 120.0) -> Samples:
    """Return a voice that speaks without a pause."""
    at_s = np.arange(round(duration_s * RATE_HZ)) / RATE_HZ
    turns = np.cumsum(pitch_hz * (1 + 0.08 * np.sin(2 * np.pi * 2.3 * at_s))) / RATE_HZ
    pulses = np.diff(np.floor(turns), prepend=0)
    syllable = round(_SYLLABLE_S * RATE_HZ)
    ring_s = np.arange(syllable // 4) / RATE_HZ
    fading = [np.exp(-np.pi * width * ring_s) for width in _BANDWIDTHS_HZ]
    throats = [
        np.sum([fade * np.sin(2 * np.pi * hz * ring_s) for hz, fade in zip(own, fading, strict=True)], 0)
        for own in _VOWELS_HZ
    ]
    spoken = np.zeros(len(pulses))
    for number, first in enumerate(range(0, len(pulses), syllable)):
        own = pulses[first : first + syllable]
        spoken[first : first + syllable] = np.convolve(own, throats[number % 4])[: len(own)] * np.hanning(len(own))
    return np.asarray(0.5 * spoken / np.abs(spoken).max(), np.float32)


def write_wav(path: Path, samples: Samples, rate_hz: int = RATE_HZ) -> Path:
    """Write mono sound of 16 bits; of another rate it keeps every so-many-th sample."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes((samples[:: RATE_HZ // rate_hz] * 32_000).astype("<i2").tobytes())
    return path


def make_talk(path: Path, samples: Samples) -> Path:
    """Write a clip of 160x90 in which a voice speaks."""
    with av.open(str(path), "w") as output:
        video = output.add_stream("libx264", rate=25, options={"preset": "ultrafast"})
        assert isinstance(video, VideoStream)
        video.width, video.height, video.pix_fmt = 160, 90, "yuv420p"
        sound = output.add_stream("aac", rate=RATE_HZ, layout="mono")
        for number, picture in enumerate(numbered_frames(len(samples) * 25 // RATE_HZ, 160, 90)):
            picture.pts, picture.time_base = number, Fraction(1, 25)
            output.mux(video.encode(picture))
        output.mux(video.encode(None))
        for first in range(0, len(samples), 1024):
            frame = AudioFrame.from_ndarray(samples[None, first : first + 1024].copy(), format="fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = RATE_HZ, first, Fraction(1, RATE_HZ)
            output.mux(sound.encode(frame))
        output.mux(sound.encode(None))
    return path
