"""What an answer promises of a file, and how it is taken."""

import pytest
from msgspec.structs import replace

from contracts.v1 import FetchInput
from services.fetch.decide import MOST_PART_BYTES, intake_of, mime_of
from services.runtime.errors import Permanent
from services.runtime.limits import UploadLimits
from services.runtime.multipart import MOST_PARTS, PART_BYTES

TASK = FetchInput(
    asset_id="a", url="https://films.example/a.mp4", key="k", profile="best", playback_policy="signed", priority="low"
)
LIMITS = UploadLimits(5 << 40, ("video/*", "application/octet-stream"))


def test_what_a_sender_said_becomes_the_originals_metadata() -> None:
    intake = intake_of(TASK, {"content-type": "Video/MP4; codecs=avc1", "content-length": "5"}, LIMITS)
    assert intake.content_type == "video/mp4"
    assert intake.metadata == {
        "headrace-profile": "best",
        "headrace-playback-policy": "signed",
        "headrace-priority": "low",
    }
    spoken = intake_of(replace(TASK, language="de"), {}, LIMITS)
    assert spoken.metadata == {**intake.metadata, "headrace-language": "de"}
    assert (intake.part_bytes, intake.most_bytes) == (PART_BYTES, PART_BYTES * MOST_PARTS)


def test_a_large_file_comes_in_larger_parts() -> None:
    assert intake_of(TASK, {"content-length": str(1 << 39)}, LIMITS).part_bytes * MOST_PARTS >= 1 << 39


def test_whatever_length_a_server_states_a_part_stays_small() -> None:
    longest = MOST_PART_BYTES * MOST_PARTS
    assert intake_of(TASK, {"content-length": str(longest)}, LIMITS).part_bytes == MOST_PART_BYTES
    with pytest.raises(Permanent) as refused:
        intake_of(TASK, {"content-length": str(longest + 1)}, LIMITS)
    assert refused.value.code == "input_too_large"


def test_a_file_of_unknown_length_may_be_as_long_as_its_parts_allow() -> None:
    assert intake_of(TASK, {}, LIMITS).most_bytes == PART_BYTES * MOST_PARTS
    assert intake_of(TASK, {}, UploadLimits(10, ("*/*",))).most_bytes == 10


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"content-length": str((5 << 40) + 1)}, "input_too_large"),
        ({"content-encoding": "gzip"}, "input_refused"),
        ({"content-type": "text/html"}, "upload_type_refused"),
    ],
)
def test_what_is_not_taken_is_refused_before_it_is_read(headers: dict[str, str], code: str) -> None:
    with pytest.raises(Permanent) as refused:
        intake_of(TASK, headers, LIMITS)
    assert refused.value.code == code


@pytest.mark.parametrize("stated", ["", "video", "video/", "a/b/c", "vidéo/mp4", "video/mp4\x00"])
def test_what_names_no_type_is_any_bytes(stated: str) -> None:
    assert mime_of(stated) == "application/octet-stream"
