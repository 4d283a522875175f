"""Bucket notifications: S3 event records, the one dialect that every store and our own feed speak.

Source: Amazon S3, "Event message structure" (version 2.x). Unknown fields are ignored.
"""

import hashlib
from urllib.parse import quote_plus, unquote_plus

import msgspec

SUBJECT_FEED = "bucket.feed"
SUBJECT_LISTING = "bucket.listing"
SUBJECT_SENDER = "bucket.sender"
"""Said by whoever completed an object: the gateway for those who uploaded it, ``fetch`` for what it fetched."""


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


class Event(msgspec.Struct, frozen=True, rename={"event_name": "eventName"}):
    """What happened to one object; created ones have ``ObjectCreated:`` in their name (MinIO, RustFS add ``s3:``)."""

    event_name: str
    s3: Entity

    @property
    def created(self) -> bool:
        """Tell whether the event says that an object was written."""
        return self.event_name.removeprefix("s3:").startswith("ObjectCreated:")

    @property
    def bucket(self) -> str:
        """Return the name of the bucket."""
        return self.s3.bucket.name

    @property
    def key(self) -> str:
        """Return the object's key, decoded."""
        return unquote_plus(self.s3.object.key)


class Record(msgspec.Struct, frozen=True, omit_defaults=True, rename={"event_name": "eventName"}):
    """An event: itself, as S3 and MinIO send it, or in ``data``, as RustFS sends it to NATS."""

    event_name: str = ""
    s3: Entity | None = None
    data: Event | None = None

    def __post_init__(self) -> None:
        """Refuse what is neither."""
        if self.data is None and (self.s3 is None or not self.event_name):
            raise ValueError("A record needs `eventName` and `s3`, or `data` with both.")

    @property
    def event(self) -> Event:
        """Return the event."""
        if self.data is not None:
            return self.data
        assert self.s3 is not None
        return Event(self.event_name, self.s3)


class Notification(msgspec.Struct, frozen=True, rename={"records": "Records"}):
    """A message of a store about its objects; a store's test message has no records."""

    records: list[Record] = []

    @property
    def events(self) -> list[Event]:
        """Return what happened."""
        return [record.event for record in self.records]


def object_created(bucket: str, key: str, size_bytes: int, etag: str) -> Notification:
    """Return the notification that an object was written."""
    entity = Entity(Bucket(bucket), Object(quote_plus(key), size_bytes, etag.strip('"')))
    return Notification([Record("ObjectCreated:Put", entity)])


def message_id(bucket: str, key: str, size_bytes: int, etag: str) -> str:
    """Return the id under which feed, listing and gateway announce one object once."""
    text = f"{bucket}\0{key}\0{etag.strip(chr(34))}\0{size_bytes}"
    return f"bucket:{hashlib.sha256(text.encode()).hexdigest()}"
