"""Which sound is delivered as it is, and what is said of the other."""

from fractions import Fraction
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.v1 import AudioStream, PacketIndex, Probe, Rational, VideoStream
from services.plan.sound import track_of

PACKETS = PacketIndex(packets=471, packet_samples=1024, first_sample=-1024, size_bytes=160_000)
SOUND = AudioStream(
    index=1,
    codec="aac",
    profile="LC",
    sample_rate_hz=48_000,
    channels=2,
    start_s=0.0,
    duration_s=10.0,
    packets=PACKETS,
    language="de",
)
VIDEO = VideoStream(index=0, codec="h264", width=16, height=16, frame_rate=Rational(25, 1), start_s=0.0, duration_s=10)
TIMELINE_S = Fraction(10)


def probe(container: str = "mov,mp4,m4a,3gp,3g2,mj2", **video: Any) -> Probe:
    return Probe(container=container, duration_s=10.0, size_bytes=1, video=[replace(VIDEO, **video)], audio=[SOUND])


def indexed(**fields: Any) -> PacketIndex:
    return replace(PACKETS, **fields)


def test_standard_sound_is_copied_as_it_is() -> None:
    track = track_of(probe(), SOUND, [], TIMELINE_S)
    assert (track.copied, track.non_standard_input) == (True, [])
    assert (track.sample_rate_hz, track.channels, track.language) == (48_000, 2, "de")
    assert track.bitrate_bps == 127_389


@pytest.mark.parametrize(
    ("first_sample", "start_s", "priming_samples"),
    [
        (-1024, 0.0, 1024),
        (-2112, 0.0, 1088),
        (-2047, 0.0, 2047),
        (-2048, 0.0, 1024),
        (0, 0.0, 0),
        (-500, 0.0, 500),
        (1000, 0.0, -1000),
        (-13_024, 0.0, 1024 + 736),
        (48_000 - 1024, 1.0, 1024),
    ],
)
def test_a_whole_packet_lies_before_the_picture_where_there_is_one(
    first_sample: int, start_s: float, priming_samples: int
) -> None:
    stream = replace(SOUND, packets=indexed(first_sample=first_sample, packets=490))
    track = track_of(probe(start_s=start_s), stream, [], TIMELINE_S)
    assert track.copied
    assert track.priming_samples == priming_samples
    assert (start_s * 48_000 - priming_samples - first_sample) % 1024 == 0


@pytest.mark.parametrize(
    ("fields", "reasons"),
    [
        ({"codec": "mp3", "profile": None, "packets": None}, ["audio_codec"]),
        ({"profile": "HE-AAC"}, ["audio_codec"]),
        ({"sample_rate_hz": 32_000}, ["sample_rate"]),
        ({"channels": 6}, ["channels"]),
        ({"packets": None}, ["packet_gaps"]),
        ({"packets": indexed(packet_samples=960)}, ["packet_size"]),
        ({"packets": indexed(size_bytes=500_000)}, ["bitrate"]),
        ({"packets": indexed(first_sample=1025)}, ["audio_start"]),
        ({"packets": indexed(packets=457)}, ["audio_end"]),
    ],
)
def test_whatever_keeps_sound_from_being_copied_is_said(fields: dict[str, Any], reasons: list[str]) -> None:
    track = track_of(probe(), replace(SOUND, **fields), [], TIMELINE_S)
    assert (track.copied, track.non_standard_input) == (False, reasons)
    assert (track.sample_rate_hz, track.priming_samples) == (48_000, 1024)


def test_other_containers_and_what_was_tried_in_vain_are_said() -> None:
    assert track_of(probe("mpegts"), replace(SOUND, packets=None), [], TIMELINE_S).non_standard_input == ["container"]
    assert track_of(probe(), SOUND, ["sound_not_true"], TIMELINE_S).non_standard_input == ["sound_not_true"]
