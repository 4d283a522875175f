"""Sound that is brought to a loudness: by one gain, without higher peaks than are allowed."""

import io
from array import array
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from math import log10, pi, sin, sqrt
from pathlib import Path
from random import Random

import av
import pytest
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream as AvAudio
from msgspec.structs import replace

from contracts.v1 import AudioStream, AudioTrack, Chunk, EncodeAudio, Grid, Original, Rational
from services.ladder_encode.decide import Made, audio_deadline_s, niceness, share_encoded
from services.ladder_encode.media.audio import encode_audio
from services.ladder_encode.segment import EncodedSegment
from services.measure.media.loudness import loudness_of

RATE_HZ = 48_000
SECONDS = 6
TIMES_S = [at / RATE_HZ for at in range(SECONDS * RATE_HZ)]
Signal = Callable[[], Iterable[float]]


def tone() -> Iterator[float]:
    return (0.02 * sin(2 * pi * 1000 * at_s) for at_s in TIMES_S)


def noise() -> Iterator[float]:
    """Yield noise that is three times as loud in its second half; AAC leaves out a part of what is white."""
    random, level = Random(1), 0.0
    for at_s in TIMES_S:
        level = 0.9 * level + random.gauss(0, 0.004 if at_s < SECONDS / 2 else 0.012)
        yield level


def peaky() -> Iterator[float]:
    """Yield quiet noise with a click each second."""
    random = Random(1)
    return (0.7 if at_s % 1 < 0.0005 else random.gauss(0, 0.005) for at_s in TIMES_S)


def silent() -> list[float]:
    return [0.0] * len(TIMES_S)


def written(path: Path, signal: Signal) -> Path:
    samples = array("f", [own for sample in signal() for own in (sample, sample)])
    with av.open(str(path), "w") as output:
        stream = output.add_stream("pcm_f32le", rate=RATE_HZ)
        assert isinstance(stream, AvAudio)
        stream.codec_context.layout = "stereo"
        for first in range(0, SECONDS * RATE_HZ, 1024):
            frame = AudioFrame("flt", "stereo", 1024)
            own = samples[2 * first : 2 * first + 2048].tobytes()
            frame.planes[0].update(own.ljust(frame.planes[0].buffer_size, b"\0"))
            frame.sample_rate, frame.pts, frame.time_base = RATE_HZ, first, Fraction(1, RATE_HZ)
            output.mux(stream.encode(frame))
    return path


def task(target_lufs: float | None, ceiling_dbtp: float = -1.0) -> EncodeAudio:
    return EncodeAudio(
        asset_id="a",
        recipe="r",
        original=Original(bucket="media", key="uploads/a", size_bytes=1, etag="e"),
        lane="audio",
        part="audio-0",
        grid=Grid(frame_rate=Rational(25, 1), frames=25 * SECONDS, segment_frames=50, gop_frames=50),
        chunks=[Chunk(index=0, first_frame=0, end_frame=25 * SECONDS)],
        source=AudioStream(
            index=0, codec="pcm_f32le", sample_rate_hz=RATE_HZ, channels=2, start_s=0, duration_s=SECONDS
        ),
        track=AudioTrack(
            name="main",
            stream_index=0,
            channels=2,
            bitrate_bps=128_000,
            target_lufs=target_lufs,
            ceiling_dbtp=ceiling_dbtp,
        ),
        timeline_start_s=0.0,
    )


def encoded(source: Path, own: EncodeAudio) -> list[EncodedSegment]:
    return [made for made in encode_audio(str(source), own) if isinstance(made, EncodedSegment)]


def gain_of(segments: list[EncodedSegment]) -> float | None:
    assert segments[0].header is not None
    return segments[0].header.gain_db


def levels(segments: list[EncodedSegment]) -> list[float]:
    """Return the level of each second in dB, of what a player hears."""
    assert segments[0].header is not None
    data = segments[0].header.init + b"".join(segment.data for segment in segments)
    heard = array("f")
    with av.open(io.BytesIO(data), "r") as played:
        for frame in played.decode(audio=0):
            heard.frombytes(bytes(frame.planes[0])[: 4 * frame.samples])
    seconds = [heard[at * RATE_HZ : (at + 1) * RATE_HZ] for at in range(SECONDS)]
    return [20 * log10(sqrt(sum(own * own for own in second) / len(second))) for second in seconds]


def measured(segments: list[EncodedSegment], path: Path) -> tuple[float | None, float]:
    """Return integrated loudness and true peak of what is delivered."""
    assert segments[0].header is not None
    path.write_bytes(segments[0].header.init + b"".join(segment.data for segment in segments))
    loudness = loudness_of([str(path)])
    assert loudness is not None
    return loudness.integrated_lufs, loudness.true_peak_dbtp or -100


@pytest.mark.parametrize("target_lufs", [-16.0, -45.0])
@pytest.mark.parametrize("signal", [tone, noise])
def test_what_is_delivered_is_as_loud_as_was_asked_by_the_same_gain_everywhere(
    tmp_path: Path, signal: Signal, target_lufs: float
) -> None:
    source = written(tmp_path / "sound.wav", signal)
    as_it_was, levelled = encoded(source, task(None)), encoded(source, task(target_lufs))
    integrated_lufs, peak_dbtp = measured(levelled, tmp_path / "levelled.mp4")
    gain_db = gain_of(levelled)

    assert integrated_lufs == pytest.approx(target_lufs, abs=0.5)
    assert peak_dbtp <= -1
    assert gain_of(as_it_was) is None
    differences = [after - before for before, after in zip(levels(as_it_was), levels(levelled), strict=True)]
    assert differences == pytest.approx([gain_db] * SECONDS, abs=0.1)


@pytest.mark.parametrize("ceiling_dbtp", [-1.0, -6.0])
def test_peaks_stay_below_the_ceiling_even_if_the_target_is_not_reached_then(
    tmp_path: Path, ceiling_dbtp: float
) -> None:
    levelled = encoded(written(tmp_path / "sound.wav", peaky), task(-10.0, ceiling_dbtp))
    integrated_lufs, peak_dbtp = measured(levelled, tmp_path / "levelled.mp4")

    assert integrated_lufs is not None
    assert integrated_lufs < -15
    assert ceiling_dbtp - 3 < peak_dbtp <= ceiling_dbtp


def test_silence_stays_silent(tmp_path: Path) -> None:
    assert gain_of(encoded(written(tmp_path / "sound.wav", silent), task(-16.0))) == 0


def test_the_same_task_gives_the_same_bytes(tmp_path: Path) -> None:
    source = written(tmp_path / "sound.wav", noise)
    assert encoded(source, task(-16.0)) == encoded(source, task(-16.0))


def test_the_gain_stands_in_the_fact_and_the_work_steps_back(tmp_path: Path) -> None:
    own, made = task(-16.0), Made()
    for segment in encoded(written(tmp_path / "sound.wav", tone), own):
        made.add(segment)
    (rendition,) = share_encoded(own, own.chunks[0], made).renditions

    assert rendition.gain_db is not None
    assert niceness(own) > niceness(task(None)) == 0
    assert audio_deadline_s(own) == audio_deadline_s(task(None)) + SECONDS
    assert replace(own.track, target_lufs=None, ceiling_dbtp=0.0) != own.track
