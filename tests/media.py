"""Small synthetic clips, made in milliseconds, whose pictures show their own number as 16 black or white blocks."""

import struct
from array import array
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from math import pi, sin
from pathlib import Path

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

SAMPLE_RATE_HZ = 48_000
BEEP_S = 0.05
COLUMNS, ROWS = 8, 2
BLACK, WHITE, GREY = 16, 235, 128
_FAST = {
    "libx264": {"preset": "ultrafast", "crf": "18"},
    "libx265": {"preset": "ultrafast", "x265-params": "log-level=none"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8"},
}


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
    mirrored: bool = False,
    sample_aspect: Fraction | None = None,
    colors: dict[str, int] | None = None,
    levels: tuple[int, int] = (BLACK, WHITE),
    chroma: tuple[int, int] = (GREY, GREY),
    alpha: int | None = None,
    start_s: Fraction = Fraction(0),
    times_s: Sequence[Fraction] | None = None,
    beeps_s: Sequence[float] | None = None,
    audio_codec: str = "aac",
    audio_layout: str = "stereo",
    audio_rate_hz: int = SAMPLE_RATE_HZ,
    audio_start_s: float = 0.0,
    audio_duration_s: float | None = None,
) -> Path:
    """Write a clip and return its path.

    Picture ``n`` shows ``n`` and stands at ``start_s + n / rate``, or at ``start_s + times_s[n]``. ``rotation`` is
    degrees clockwise that a player must turn it, once ``mirrored`` pictures are flipped left to right; ``width`` and
    ``height`` are before that. ``levels`` are the luma of black and white blocks, ``chroma`` the colour of all,
    ``alpha`` how opaque they are. ``colors`` sets attributes of the encoder. ``beeps_s`` (times after ``start_s``) adds
    sound, which covers ``audio_start_s`` to the video's end or ``audio_duration_s``.
    """
    times = times_s or [Fraction(n) / rate for n in range(frames)]
    with av.open(str(path), "w", format=container, container_options=container_options or {}) as output:
        video = output.add_stream(codec, rate=rate, options=_FAST.get(codec, {}) | (options or {}))
        assert isinstance(video, VideoStream)
        video.width, video.height, video.pix_fmt = width, height, pixel_format
        # Fine enough for every start and for times of variable rate.
        video.codec_context.time_base = Fraction(1, 90_000) if times_s or start_s else 1 / rate
        if sample_aspect is not None:
            video.codec_context.sample_aspect_ratio = sample_aspect
        for name, value in (colors or {}).items():
            setattr(video.codec_context, name, value)
        if rotation or mirrored:
            # PyAV flips after turning.
            video.set_display_rotation(rotation if mirrored else -rotation, hflip=mirrored)
        sound = None if beeps_s is None else _sound(output, audio_codec, audio_layout, audio_rate_hz)
        pictures = numbered_frames(
            len(times), width, height, rotation=rotation, mirrored=mirrored, levels=levels, chroma=chroma
        )
        if alpha is not None:
            pictures = (_opaque_by(picture, alpha) for picture in pictures)
        _mux_video(output, video, (_as(picture, pixel_format) for picture in pictures), [start_s + at for at in times])
        if sound is not None and beeps_s is not None:
            length_s = float(times[-1] + 1 / rate) - audio_start_s if audio_duration_s is None else audio_duration_s
            beeps = beeping_frames([at - audio_start_s for at in beeps_s], length_s, audio_layout)
            _mux_audio(output, sound, beeps, float(start_s) + audio_start_s)
    return path


def claim_key_picture(clip: Path, number: int, *, instead: int) -> None:
    """Let an MP4 say of another picture that it is a key picture; numbers count from 1 in order of decoding."""
    data = clip.read_bytes()
    at = data.index(struct.pack(">I", number), data.index(b"stss"))
    clip.write_bytes(data[:at] + struct.pack(">I", instead) + data[at + 4 :])


def numbered_frames(
    count: int,
    width: int,
    height: int,
    *,
    rotation: int = 0,
    mirrored: bool = False,
    levels: tuple[int, int] = (BLACK, WHITE),
    chroma: tuple[int, int] = (GREY, GREY),
) -> Iterator[VideoFrame]:
    """Yield yuv420p pictures that show 0, 1, 2 … ``count`` − 1 when flipped and turned ``rotation`` degrees."""
    for number in range(count):
        frame = VideoFrame(width, height, "yuv420p")
        blocks = _blocks(width, height, rotation, mirrored, frame.planes[0].line_size)
        lumas = bytes(levels[number >> block & 1] for block in range(COLUMNS * ROWS))
        frame.planes[0].update(blocks.translate(lumas.ljust(256, b"\0")))
        for plane, level in zip(frame.planes[1:], chroma, strict=True):
            plane.update(bytes([level]) * plane.buffer_size)
        yield frame


def number_of(frame: VideoFrame) -> int:
    """Return the number that a picture shows, at any size."""
    plane = _as(frame, "gray").planes[0]
    pixels = bytes(plane)
    number = 0
    for block in range(COLUMNS * ROWS):
        row, column = divmod(block, COLUMNS)
        x = (2 * column + 1) * frame.width // (2 * COLUMNS)
        y = (2 * row + 1) * frame.height // (2 * ROWS)
        number |= (pixels[y * plane.line_size + x] > GREY) << block
    return number


def shown(source: InputContainer) -> list[tuple[Fraction, int]]:
    """Return each picture's time in seconds and the number it shows."""
    pictures = []
    for frame in source.decode(source.streams.video[0]):
        assert frame.pts is not None
        assert frame.time_base is not None
        pictures.append((frame.pts * frame.time_base, number_of(frame)))
    return pictures


def beeping_frames(beeps_s: Sequence[float], duration_s: float, layout: str = "stereo") -> Iterator[AudioFrame]:
    """Yield silence with a 1 kHz beep of 50 ms at each of the times, the same in each channel."""
    samples = round(duration_s * SAMPLE_RATE_HZ)
    for first in range(0, samples, 1024):
        times_s = [n / SAMPLE_RATE_HZ for n in range(first, min(first + 1024, samples))]
        frame = AudioFrame("s16", layout, len(times_s))
        mono = [int(20_000 * sin(2 * pi * 1000 * at)) if _beeping(at, beeps_s) else 0 for at in times_s]
        data = array("h", [sample for sample in mono for _ in range(frame.layout.nb_channels)]).tobytes()
        frame.planes[0].update(data.ljust(frame.planes[0].buffer_size, b"\0"))
        yield frame


def beeps_heard(source: InputContainer) -> list[float]:
    """Return the times in seconds at which beeps begin."""
    loud_s: list[float] = []
    for frame in source.decode(source.streams.audio[0]):
        assert frame.pts is not None
        assert frame.time_base is not None
        samples = array("f")
        samples.frombytes(bytes(frame.planes[0])[: 4 * frame.samples])
        start_s = float(frame.pts * frame.time_base)
        loud_s.extend(start_s + n / frame.sample_rate for n, sample in enumerate(samples) if abs(sample) > 0.2)
    return [at for before, at in pairwise([float("-inf"), *loud_s]) if at - before > BEEP_S / 2]


@lru_cache
def _blocks(width: int, height: int, rotation: int, mirrored: bool, line_size: int) -> bytes:
    """Return a luma plane that holds each pixel's block as a player sees it after turning."""
    sideways = rotation in (90, 270)
    across = _shares(width, ROWS, COLUMNS) if sideways else _shares(width, COLUMNS, 1)
    down = _shares(height, COLUMNS, 1) if sideways else _shares(height, ROWS, COLUMNS)
    if (rotation in (180, 270)) != mirrored:
        across.reverse()
    if rotation in (90, 180):
        down.reverse()
    rows = {first: bytes(first + own for own in across).ljust(line_size, b"\0") for first in set(down)}
    return b"".join(rows[first] for first in down)


def _shares(pixels: int, parts: int, step: int) -> list[int]:
    return [n * parts // pixels * step for n in range(pixels)]


def _as(frame: VideoFrame, pixel_format: str) -> VideoFrame:
    return frame if frame.format.name == pixel_format else frame.reformat(format=pixel_format)


def _opaque_by(frame: VideoFrame, alpha: int) -> VideoFrame:
    with_alpha = _as(frame, "yuva420p")
    with_alpha.planes[3].update(bytes([alpha]) * with_alpha.planes[3].buffer_size)
    return with_alpha


def _sound(output: OutputContainer, codec: str, layout: str, rate_hz: int) -> AudioStream:
    sound = output.add_stream(codec, rate=rate_hz)
    assert isinstance(sound, AudioStream)
    sound.codec_context.layout = layout
    return sound


def _beeping(at: float, beeps_s: Sequence[float]) -> bool:
    return any(0 <= at - beep < BEEP_S for beep in beeps_s)


def _mux_video(
    output: OutputContainer, stream: VideoStream, frames: Iterable[VideoFrame], times_s: Sequence[Fraction]
) -> None:
    time_base = stream.codec_context.time_base
    for frame, at in zip(frames, times_s, strict=True):
        frame.pts, frame.time_base = round(at / time_base), time_base
        output.mux(stream.encode(frame))
    output.mux(stream.encode(None))


def _mux_audio(output: OutputContainer, stream: AudioStream, frames: Iterable[AudioFrame], start_s: float) -> None:
    at = round(start_s * SAMPLE_RATE_HZ)
    for frame in frames:
        frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE_HZ, at, Fraction(1, SAMPLE_RATE_HZ)
        at += frame.samples
        output.mux(stream.encode(frame))
    output.mux(stream.encode(None))
