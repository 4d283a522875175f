"""What of 5.1 is heard in stereo."""

from array import array
from fractions import Fraction
from math import pi, sin
from pathlib import Path

import av
import pytest
from av import AudioLayout
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream as AvAudio

from contracts.v1 import AudioStream, AudioTrack, Chunk, EncodeAudio, Grid, Original, Rational
from services.ladder_encode.media.sound import timeline_sound

RATE_HZ = 48_000
LAYOUT = "5.1(side)"
TONE = [sin(2 * pi * 500 * at / RATE_HZ) for at in range(47 * 1024)]
TASK = EncodeAudio(
    asset_id="a",
    recipe="r",
    original=Original(bucket="media", key="uploads/a", size_bytes=1, etag="e"),
    lane="audio",
    part="audio-0",
    grid=Grid(frame_rate=Rational(25, 1), frames=20, segment_frames=20, gop_frames=20),
    chunks=[Chunk(index=0, first_frame=0, end_frame=20)],
    source=AudioStream(index=0, codec="pcm_f32le", sample_rate_hz=RATE_HZ, channels=6, start_s=0, duration_s=1),
    track=AudioTrack(name="main", stream_index=0, channels=2, bitrate_bps=128_000),
    timeline_start_s=0.0,
)


def mixed(path: Path, heard: dict[str, float]) -> list[list[float]]:
    """Return the two channels that come of a tone in some of six; what the limiter needs to settle is left out."""
    loud = [heard.get(channel.name, 0.0) for channel in AudioLayout(LAYOUT).channels]
    with av.open(str(path), "w") as output:
        stream = output.add_stream("pcm_f32le", rate=RATE_HZ)
        assert isinstance(stream, AvAudio)
        stream.codec_context.layout = LAYOUT
        for first in range(0, len(TONE), 1024):
            frame = AudioFrame("flt", LAYOUT, 1024)
            samples = [own * sample for sample in TONE[first : first + 1024] for own in loud]
            frame.planes[0].update(array("f", samples).tobytes())
            frame.sample_rate, frame.pts, frame.time_base = RATE_HZ, first, Fraction(1, RATE_HZ)
            output.mux(stream.encode(frame))
    channels = [array("f"), array("f")]
    for frame in timeline_sound(str(path), TASK):
        assert frame.format.name == "fltp"
        for channel, plane in zip(channels, frame.planes, strict=True):
            channel.frombytes(bytes(plane)[: 4 * frame.samples])
    assert [len(channel) for channel in channels] == [len(TONE[:38_400])] * 2
    return [list(channel[9_600:28_800]) for channel in channels]


@pytest.mark.parametrize(
    ("channel", "left", "right"),
    [("FL", 1, 0), ("FR", 0, 1), ("FC", 0.7071, 0.7071), ("SL", 0.7071, 0), ("SR", 0, 0.7071), ("LFE", 0, 0)],
)
def test_each_channel_is_heard_where_the_standard_says_and_in_time(
    tmp_path: Path, channel: str, left: float, right: float
) -> None:
    for own, share in zip(mixed(tmp_path / "sound.wav", {channel: 0.5}), (left, right), strict=True):
        wanted = [0.5 * share * sample for sample in TONE[9_600:28_800]]
        assert max(abs(one - other) for one, other in zip(own, wanted, strict=True)) < 1e-3


def test_sums_that_would_clip_are_held_back_in_both_channels_alike(tmp_path: Path) -> None:
    left, right = mixed(tmp_path / "sound.wav", {"FL": 0.9, "FC": 0.9, "SL": 0.9})

    assert max(left) == pytest.approx(0.891, abs=0.005)
    assert max(right) / max(left) == pytest.approx(0.7071 / (1 + 2 * 0.7071), abs=0.01)
