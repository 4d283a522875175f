"""Which originals are accepted."""

import pytest
from msgspec.structs import replace

from contracts.v1 import AssetIngested, AudioStream, Original, Probe, Rational, VideoStream
from services.probe.decide import accepted, probe_task, probed, refuse_empty
from services.runtime.errors import Permanent

VIDEO = VideoStream(
    index=0, codec="h264", width=1920, height=1080, frame_rate=Rational(25, 1), start_s=0.0, duration_s=60.0
)
SOUND = AudioStream(index=1, codec="aac", sample_rate_hz=48_000, channels=2, start_s=0.0, duration_s=60.0)
PROBE = Probe(container="mov", duration_s=60.0, size_bytes=1000, video=[VIDEO], audio=[SOUND])
EVENT = AssetIngested(
    asset_id="a1",
    tenant="t",
    original=Original(bucket="media", key="uploads/a.mp4", size_bytes=1000, etag="e"),
    name="a.mp4",
    profile="best",
    playback_policy="signed",
    priority="low",
    attempt=2,
    language="de",
)
TASK = probe_task(EVENT)


@pytest.mark.parametrize(
    "probe",
    [
        PROBE,
        replace(PROBE, audio=[]),
        replace(PROBE, video=[replace(VIDEO, width=8192, height=4320)]),
        replace(PROBE, video=[replace(VIDEO, width=4320, height=8192)]),
        replace(PROBE, duration_s=86_400.0),
        replace(PROBE, audio=[SOUND] * 63),
    ],
)
def test_ordinary_originals_are_stated_as_they_are(probe: Probe) -> None:
    fact = probed(TASK, probe)

    assert (fact.asset_id, fact.tenant, fact.original, fact.probe) == ("a1", "t", EVENT.original, probe)


def test_what_an_uploader_chose_comes_through_the_queue() -> None:
    fact = probed(TASK, PROBE)

    for name in ("profile", "playback_policy", "priority", "attempt", "language"):
        assert getattr(fact, name) == getattr(EVENT, name)


@pytest.mark.parametrize(
    ("probe", "code"),
    [
        (replace(PROBE, video=[]), "no_video_stream"),
        (replace(PROBE, video=[replace(VIDEO, width=8194, height=16)]), "picture_too_large"),
        (replace(PROBE, video=[replace(VIDEO, width=8192, height=8192)]), "picture_too_large"),
        (replace(PROBE, video=[VIDEO, replace(VIDEO, index=2, width=65_535, height=65_535)]), "picture_too_large"),
        (replace(PROBE, video=[replace(VIDEO, duration_s=0.0)]), "no_duration"),
        (replace(PROBE, duration_s=86_401.0), "too_long"),
        (replace(PROBE, audio=[SOUND] * 64), "too_many_streams"),
    ],
)
def test_what_cannot_be_processed_is_refused_with_a_code(probe: Probe, code: str) -> None:
    with pytest.raises(Permanent) as refused:
        accepted(probe)

    assert refused.value.code == code
    assert refused.value.message.endswith(".")


def test_an_empty_original_is_refused_without_looking() -> None:
    refuse_empty(TASK)
    with pytest.raises(Permanent, match="empty_file"):
        refuse_empty(replace(TASK, original=replace(EVENT.original, size_bytes=0)))
