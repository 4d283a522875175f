"""Bucket notifications: S3 event records, the one dialect that every store and our own feed speak.

Source: Amazon S3, "Event message structure" (version 2.x). Unknown fields are ignored.
"""

import hashlib
from urllib.parse import quote_plus, unquote_plus

import msgspec

SUBJECT_FEED = "bucket.feed"
SUBJECT_LISTING = "bucket.listing"


class Bucket(msgspec.Struct, frozen=True):
    """The bucket of a record."""

    name: str


class Object(msgspec.Struct, frozen=True, rename={"etag": "eTag"}):
    """The object of a record; ``key`` is URL-encoded as S3 does it."""

    key: str
    size: int = 0
    etag: str = ""


class Entity(msgspec.Struct, frozen=True):
    """What a record is about."""

    bucket: Bucket
    object: Object


class Record(msgspec.Struct, frozen=True, rename={"event_name": "eventName"}):
    """One event; created objects have a name that starts with ``ObjectCreated:`` (MinIO adds ``s3:``)."""

    event_name: str
    s3: Entity

    @property
    def created(self) -> bool:
        """Tell whether the event says that an object was written."""
        return self.event_name.removeprefix("s3:").startswith("ObjectCreated:")

    @property
    def key(self) -> str:
        """Return the object's key, decoded."""
        return unquote_plus(self.s3.object.key)


class Notification(msgspec.Struct, frozen=True, rename={"records": "Records"}):
    """A message of a store about its objects; a store's test message has no records."""

    records: list[Record] = []


def object_created(bucket: str, key: str, size_bytes: int, etag: str) -> Notification:
    """Return the notification that an object was written."""
    entity = Entity(Bucket(bucket), Object(quote_plus(key), size_bytes, etag.strip('"')))
    return Notification([Record("ObjectCreated:Put", entity)])


def message_id(bucket: str, key: str, size_bytes: int, etag: str) -> str:
    """Return the id under which feed, listing and gateway announce one object once."""
    text = f"{bucket}\0{key}\0{etag.strip(chr(34))}\0{size_bytes}"
    return f"bucket:{hashlib.sha256(text.encode()).hexdigest()}"
