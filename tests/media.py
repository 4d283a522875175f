"""Small synthetic clips, made in milliseconds, whose frames carry their own number as 16 black or white blocks."""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from math import pi, sin
from pathlib import Path
from typing import Any

import av
from av.audio.frame import AudioFrame
from av.container import InputContainer, OutputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

SAMPLE_RATE_HZ = 48_000
BEEP_S = 0.05
_COLUMNS, _ROWS = 8, 2
_BLACK, _WHITE, _GREY = 16, 235, 128


def make_clip(
    path: Path,
    *,
    width: int = 160,
    height: int = 90,
    rate: Fraction = Fraction(25),
    frames: int = 50,
    codec: str = "libx264",
    container: str | None = None,
    pixel_format: str = "yuv420p",
    options: dict[str, str] | None = None,
    container_options: dict[str, str] | None = None,
    rotation: int = 0,
    sample_aspect: Fraction | None = None,
    colors: dict[str, int] | None = None,
    start_s: Fraction = Fraction(0),
    times_s: Sequence[Fraction] | None = None,
    beeps_s: Sequence[float] | None = None,
    audio_codec: str = "aac",
    audio_layout: str = "stereo",
    audio_start_s: float = 0.0,
    audio_duration_s: float | None = None,
) -> Path:
    """Write a clip and return its path.

    Frame ``n`` shows ``n`` and stands at ``start_s + n / rate``, or at ``start_s + times_s[n]``. ``rotation`` is
    degrees clockwise that a player must turn it. ``beeps_s`` (times after ``start_s``) adds an audio stream, which
    covers ``audio_start_s`` to the end of the video or ``audio_duration_s``. ``colors`` sets attributes of the encoder.
    """
    times = times_s or [Fraction(n) / rate for n in range(frames)]
    with av.open(str(path), "w", format=container, container_options=container_options or {}) as output:
        video = output.add_stream(codec, rate=rate, options=_fast(codec) | (options or {}))
        video.width, video.height, video.pix_fmt = width, height, pixel_format
        # Fine enough for every start and for times of variable rate.
        video.codec_context.time_base = Fraction(1, 90_000) if times_s or start_s else 1 / rate
        if sample_aspect is not None:
            video.codec_context.sample_aspect_ratio = sample_aspect
        for name, value in (colors or {}).items():
            setattr(video.codec_context, name, value)
        if rotation:
            video.set_display_rotation(-rotation)
        sound = None
        if beeps_s is not None:
            sound = output.add_stream(audio_codec, rate=SAMPLE_RATE_HZ)
            sound.codec_context.layout = audio_layout
        _mux_video(output, video, numbered_frames(len(times), width, height, pixel_format), start_s, times)
        if sound is not None and beeps_s is not None:
            length_s = float(times[-1] + 1 / rate) - audio_start_s if audio_duration_s is None else audio_duration_s
            beeps = beeping_frames([at - audio_start_s for at in beeps_s], length_s, sound.codec_context)
            _mux_audio(output, sound, beeps, float(start_s) + audio_start_s)
    return path


def _fast(codec: str) -> dict[str, str]:
    return {"libx264": {"preset": "ultrafast", "crf": "18"}, "libvpx-vp9": {"deadline": "realtime"}}.get(codec, {})


def _mux_video(
    output: OutputContainer, stream: VideoStream, frames: Iterable[VideoFrame], start_s: Fraction, times: Sequence[Fraction]
) -> None:
    time_base = stream.codec_context.time_base
    for frame, at in zip(frames, times, strict=True):
        frame.pts, frame.time_base = round((start_s + at) / time_base), time_base
        output.mux(stream.encode(frame))
    output.mux(stream.encode(None))


def _mux_audio(output: OutputContainer, stream: Any, frames: Iterable[AudioFrame], start_s: float) -> None:
    at = round(start_s * SAMPLE_RATE_HZ)
    for frame in frames:
        frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE_HZ, at, Fraction(1, SAMPLE_RATE_HZ)
        at += frame.samples
        output.mux(stream.encode(frame))
    output.mux(stream.encode(None))


def numbered_frames(count: int, width: int, height: int, pixel_format: str = "yuv420p") -> Iterator[VideoFrame]:
    """Yield pictures that show 0, 1, 2 … ``count`` − 1."""
    for number in range(count):
        frame = VideoFrame(width, height, "yuv420p")
        bits = [_WHITE if number >> bit & 1 else _BLACK for bit in range(_COLUMNS * _ROWS)]
        luma = frame.planes[0]
        rows = [
            bytes(bits[row * _COLUMNS + x * _COLUMNS // width] for x in range(width)).ljust(luma.line_size, b"\0")
            for row in range(_ROWS)
        ]
        luma.update(b"".join(rows[y * _ROWS // height] for y in range(height)))
        for plane in frame.planes[1:]:
            plane.update(bytes([_GREY]) * plane.buffer_size)
        yield frame if pixel_format == "yuv420p" else frame.reformat(format=pixel_format)


def beeping_frames(beeps_s: Sequence[float], duration_s: float, encoder: Any) -> Iterator[AudioFrame]:
    """Yield silence with a 1 kHz beep of 50 ms at each of the times, the same in each channel."""
    channels = encoder.layout.nb_channels
    for first in range(0, round(duration_s * SAMPLE_RATE_HZ), 1024):
        samples = array("h")
        for n in range(first, min(first + 1024, round(duration_s * SAMPLE_RATE_HZ))):
            at = n / SAMPLE_RATE_HZ
            loud = any(0 <= at - beep < BEEP_S for beep in beeps_s)
            samples.extend([int(20_000 * sin(2 * pi * 1000 * at)) if loud else 0] * channels)
        frame = AudioFrame("s16", encoder.layout.name, len(samples) // channels)
        frame.planes[0].update(samples.tobytes().ljust(frame.planes[0].buffer_size, b"\0"))
        yield frame


def number_of(frame: VideoFrame) -> int:
    """Return the number that a picture shows, at any size."""
    luma = frame if frame.format.name == "gray" else frame.reformat(format="gray")
    plane = luma.planes[0]
    pixels = bytes(plane)
    number = 0
    for bit in range(_COLUMNS * _ROWS):
        row, column = divmod(bit, _COLUMNS)
        x = (2 * column + 1) * frame.width // (2 * _COLUMNS)
        y = (2 * row + 1) * frame.height // (2 * _ROWS)
        number |= (pixels[y * plane.line_size + x] > _GREY) << bit
    return number


def shown(source: InputContainer) -> list[tuple[Fraction, int]]:
    """Return each picture's time in seconds and the number it shows."""
    frames = []
    for frame in source.decode(source.streams.video[0]):
        assert frame.pts is not None
        assert frame.time_base is not None
        frames.append((frame.pts * frame.time_base, number_of(frame)))
    return frames


def beeps_heard(source: InputContainer) -> list[float]:
    """Return the times in seconds at which beeps begin."""
    loud: list[float] = []
    for frame in source.decode(source.streams.audio[0]):
        assert frame.pts is not None
        assert frame.time_base is not None
        start_s = float(frame.pts * frame.time_base)
        samples = array("f")
        samples.frombytes(bytes(frame.planes[0])[: 4 * frame.samples])
        loud.extend(start_s + n / frame.sample_rate for n, sample in enumerate(samples) if abs(sample) > 0.2)
    return [at for before, at in pairwise([float("-inf"), *loud]) if at - before > BEEP_S / 2]
