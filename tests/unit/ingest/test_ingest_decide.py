"""What a notification tells of, in the dialects of the stores."""

import msgspec
import pytest

from contracts.bucket import Bucket, Entity, Notification, Object, Record, object_created
from contracts.keys import asset_id_of
from contracts.v1 import Original
from services.ingest.decide import asset_of, name_of, uploads_of

AWS = b"""{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"eu-west-1",
"eventTime":"2026-01-02T03:04:05.678Z","eventName":"ObjectCreated:CompleteMultipartUpload",
"userIdentity":{"principalId":"A"},"requestParameters":{"sourceIPAddress":"10.0.0.1"},
"responseElements":{"x-amz-request-id":"R"},"s3":{"s3SchemaVersion":"1.0","configurationId":"c",
"bucket":{"name":"media","ownerIdentity":{"principalId":"A"},"arn":"arn:aws:s3:::media"},
"object":{"key":"uploads/a+b%2Bc.mp4","size":1024,"eTag":"d41d8cd98f00b204e9800998ecf8427e-2","sequencer":"0A"}}}]}"""

MINIO = b"""{"EventName":"s3:ObjectCreated:Put","Key":"media/uploads/clip.mp4","Records":[{"eventVersion":"2.0",
"eventSource":"minio:s3","awsRegion":"","eventTime":"2026-01-02T03:04:05.678Z","eventName":"s3:ObjectCreated:Put",
"s3":{"s3SchemaVersion":"1.0","configurationId":"Config","bucket":{"name":"media","arn":"arn:aws:s3:::media"},
"object":{"key":"uploads%2Fclip.mp4","size":5,"eTag":"5d41402abc4b2a76b9719d911017c592","contentType":"video/mp4",
"userMetadata":{"content-type":"video/mp4"},"sequencer":"17"}},"source":{"host":"::1"}}]}"""

RUSTFS = b"""{"EventName":"s3:ObjectCreated:Put","Key":"media/uploads/my clip.mp4","Records":[{
"object_name":"uploads%2Fmy+clip.mp4","bucket_name":"media","event_name":"s3:ObjectCreated:Put","data":{
"eventVersion":"2.1","eventSource":"rustfs:s3","awsRegion":"","eventTime":"2026-01-02T03:04:05.678Z",
"eventName":"s3:ObjectCreated:Put","userIdentity":{"principalId":""},"requestParameters":{},"responseElements":{},
"s3":{"s3SchemaVersion":"1.0","configurationId":"Config",
"bucket":{"name":"media","ownerIdentity":{"principalId":""},"arn":"arn:aws:s3:::media"},
"object":{"key":"uploads%2Fmy+clip.mp4","size":5,"sequencer":"17"}},
"source":{"host":"::1","port":"","userAgent":""}}}]}"""

AWS_TEST = b"""{"Service":"Amazon S3","Event":"s3:TestEvent","Time":"2026-01-02T03:04:05.678Z","Bucket":"media",
"RequestId":"R","HostId":"H"}"""

AWKWARD_NAMES = [
    "with space.mp4",
    "quote\"s and 'apostrophes'.mp4",
    "привет.mp4",
    "🦔🎬.mp4",
    "plus+plus.mp4",
    "100%.mp4",
    "%41%2B.mp4",
    "\u202egnp.\u200fmp4",
    "a&b=c?d#e;f.mp4",
    "back\\slash.mp4",
    "zażółć/ёлка/é e\u0301.mp4",
]


def created(key: str, name: str = "ObjectCreated:Put", bucket: str = "media") -> Notification:
    return Notification([Record(name, Entity(Bucket(bucket), Object(key, 5, "e")))])


@pytest.mark.parametrize(
    ("message", "key"),
    [(AWS, "uploads/a b+c.mp4"), (MINIO, "uploads/clip.mp4"), (RUSTFS, "uploads/my clip.mp4")],
)
def test_each_dialect_states_the_object_it_is_about(message: bytes, key: str) -> None:
    assert uploads_of(msgspec.json.decode(message, type=Notification), "media") == [key]


@pytest.mark.parametrize("record", ["{}", '{"eventName":"ObjectCreated:Put"}', '{"data":{}}', '{"data":null}', "7"])
def test_a_record_that_tells_of_nothing_does_not_decode(record: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(f'{{"Records":[{record}]}}', type=Notification)


def test_a_store_that_tests_its_target_announces_nothing() -> None:
    assert uploads_of(msgspec.json.decode(AWS_TEST, type=Notification), "media") == []


@pytest.mark.parametrize("name", AWKWARD_NAMES)
def test_our_own_announcements_carry_any_key_exactly(name: str) -> None:
    payload = msgspec.json.encode(object_created("media", f"uploads/{name}", 7, "tag"))

    assert uploads_of(msgspec.json.decode(payload, type=Notification), "media") == [f"uploads/{name}"]


@pytest.mark.parametrize(
    "event",
    [
        created("uploads/a.mp4", name="ObjectRemoved:Delete"),
        created("uploads/a.mp4", name="s3:ObjectAccessed:Get"),
        created("uploads/a.mp4", name="ObjectTagging:Put"),
        created("uploads/a.mp4", bucket="elsewhere"),
        created("uploads/folder/"),
        created("uploads/"),
        created("uploads"),
        created("assets/x/y/video/720p/00000.m4s"),
        created("other/uploads/a.mp4"),
        created("uploads%2Ffolder%2F"),
    ],
)
def test_what_is_no_new_upload_is_left_alone(event: Notification) -> None:
    assert uploads_of(event, "media") == []


@pytest.mark.parametrize(
    "name",
    ["ObjectCreated:Put", "ObjectCreated:Post", "ObjectCreated:Copy", "s3:ObjectCreated:CompleteMultipartUpload"],
)
def test_every_way_to_create_an_object_counts(name: str) -> None:
    assert uploads_of(created("uploads/a.mp4", name=name), "media") == ["uploads/a.mp4"]


def test_a_notification_may_tell_of_several_objects_and_of_one_twice() -> None:
    keys = ["uploads/1", "uploads/x/", "uploads/2", "uploads/1"]
    records = [record for key in keys for record in created(key).records]

    assert uploads_of(Notification(records), "media") == ["uploads/1", "uploads/2"]


def test_an_asset_is_found_again_by_its_object() -> None:
    asset = asset_of("media", "uploads/deep/a.mp4", 5, "e")

    assert asset.asset_id == asset_id_of("media", "uploads/deep/a.mp4", "e", 5)
    assert asset.original == Original(bucket="media", key="uploads/deep/a.mp4", size_bytes=5, etag="e")
    assert asset.name == "a.mp4"


@pytest.mark.parametrize(
    ("metadata", "profile"),
    [
        ({}, "fast"),
        ({"author": "ё"}, "fast"),
        ({"headrace-profile": ""}, "fast"),
        ({"headrace-profile": "best"}, "best"),
        # What is no profile fails where profiles are known, with a sentence that names it.
        ({"headrace-profile": "Best\n"}, "Best\ufffd"),
        ({"headrace-profile": "x" * 2000}, "x" * 255),
    ],
)
def test_an_uploads_metadata_names_its_profile(metadata: dict[str, str], profile: str) -> None:
    assert asset_of("media", "uploads/a.mp4", 5, "e", metadata).profile == profile


@pytest.mark.parametrize(
    ("metadata", "priority"),
    [
        ({}, "normal"),
        ({"headrace-priority": "high"}, "high"),
        ({"headrace-priority": "low"}, "low"),
        # Nobody's file fails for a wish about its place in a queue.
        ({"headrace-priority": "Urgent\n"}, "normal"),
    ],
)
def test_an_uploads_metadata_names_its_priority(metadata: dict[str, str], priority: str) -> None:
    assert asset_of("media", "uploads/a.mp4", 5, "e", metadata).priority == priority


@pytest.mark.parametrize(
    ("metadata", "language"),
    [
        ({}, ""),
        ({"headrace-language": "de"}, "de"),
        ({"headrace-language": " ger "}, "de"),
        ({"headrace-language": "pt_BR"}, "pt-br"),
        # Nobody's file fails for what is said of its words; they are listened to.
        ({"headrace-language": "und"}, ""),
        ({"headrace-language": "Deutsch, bitte\n"}, ""),
        ({"headrace-language": "de\x00"}, ""),
        ({"headrace-language": "a" * 2000}, ""),
    ],
)
def test_an_uploads_metadata_names_what_is_spoken(metadata: dict[str, str], language: str) -> None:
    assert asset_of("media", "uploads/a.mp4", 5, "e", metadata).language == language


@pytest.mark.parametrize(
    ("metadata", "policy"),
    [
        ({}, "public"),
        ({"headrace-playback-policy": ""}, "public"),
        ({"headrace-playback-policy": "public"}, "public"),
        ({"headrace-playback-policy": "signed"}, "signed"),
        # A misspelt wish to keep it from the public does not make it public.
        ({"headrace-playback-policy": "Signed"}, "signed"),
    ],
)
def test_an_uploads_metadata_names_who_may_play_it(metadata: dict[str, str], policy: str) -> None:
    assert asset_of("media", "uploads/a.mp4", 5, "e", metadata).playback_policy == policy


def test_an_asset_belongs_to_the_tenant_of_its_key() -> None:
    assert asset_of("media", "uploads/@/acme/token/a.mp4", 5, "e").tenant == "acme"
    assert asset_of("media", "uploads/a.mp4", 5, "e").tenant == "default"


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("uploads/a.mp4", "a.mp4"),
        ("uploads/deep/er/a.mp4", "a.mp4"),
        ("uploads/@/acme/token/a.mp4", "a.mp4"),
        ("uploads/line\nbreak\x1b[31m.mp4", "line\ufffdbreak\ufffd[31m.mp4"),
        ("uploads/" + "n" * 1000, "n" * 255),
        ("uploads/" + "ё" * 300, "ё" * 255),
    ],
)
def test_a_name_fits_on_one_line(key: str, name: str) -> None:
    assert name_of(key) == name
