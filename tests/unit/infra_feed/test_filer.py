"""What the feed makes of the records of a filer's log."""

from typing import Any

import pytest

from contracts.v1 import Original
from infra.seaweedfs.filer import Written, message_type, written_object


def record(
    name: str = "clip.mp4",
    directory: str = "/buckets/media/uploads",
    *,
    etag: str = "5d41402abc4b2a76b9719d911017c592",
    is_directory: bool = False,
    moved_to: str | None = None,
) -> Any:
    entry = {
        "name": name,
        "is_directory": is_directory,
        "attributes": {"file_size": 5},
        "extended": [
            {"key": "Seaweed-X-Amz-Owner", "value": b"me"},
            {"key": "Seaweed-X-Amz-ETag", "value": etag.encode()},
        ],
    }
    change = {"new_entry": entry, "new_parent_path": directory if moved_to is None else moved_to}
    return message_type("SubscribeMetadataResponse")(directory=directory, event_notification=change, ts_ns=77)


def test_a_new_entry_is_an_upload() -> None:
    original = Original(bucket="media", key="uploads/clip.mp4", size_bytes=5, etag="5d41402abc4b2a76b9719d911017c592")

    assert written_object(record(), "media") == Written(original, 77)


def test_the_key_is_the_whole_path_below_the_bucket() -> None:
    written = written_object(record("ёж 🦔+%.mp4", "/buckets/media/uploads/deep/er"), "media")

    assert written is not None
    assert written.original.key == "uploads/deep/er/ёж 🦔+%.mp4"


def test_an_entry_that_moved_counts_where_it_is_now() -> None:
    written = written_object(record(directory="/buckets/media/inbox", moved_to="/buckets/media/uploads"), "media")

    assert written is not None
    assert written.original.key == "uploads/clip.mp4"


@pytest.mark.parametrize(
    "other",
    [
        record(is_directory=True),
        record(etag=""),
        record(directory="/buckets/media/assets/x"),
        record(directory="/buckets/media/.uploads/5f_x"),
        record(directory="/buckets/elsewhere/uploads"),
        record(directory="/buckets/media/uploads/clip.mp4.versions"),
        record(moved_to="/buckets/media/trash"),
        message_type("SubscribeMetadataResponse")(directory="/buckets/media/uploads", event_notification={}, ts_ns=77),
    ],
)
def test_everything_else_is_no_upload(other: Any) -> None:
    assert written_object(other, "media") is None


def test_fields_that_are_not_described_are_skipped() -> None:
    unknown_field_15 = b"\x7a\x03abc"
    response_type = message_type("SubscribeMetadataResponse")

    again = response_type.FromString(record().SerializeToString() + unknown_field_15)

    assert written_object(again, "media") == written_object(record(), "media")
