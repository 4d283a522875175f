"""What the gateway takes and answers about files that come: uploads and imports."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from contracts.policies import DEFAULT_PLAYBACK_POLICY, PlaybackPolicy
from contracts.priorities import DEFAULT_PRIORITY, Priority
from contracts.profiles import DEFAULT_PROFILE, Profile
from services.gateway.caption_documents import Language
from services.gateway.upload_session import SessionState

# PostgreSQL keeps no NUL.
_TEXT = r"^[^\u0000]*$"

Name = Annotated[
    str, Meta(min_length=1, max_length=255, description="The file's own name, without folders.", examples=["clip.mp4"])
]
# ASCII alone, and no line break at the end, before which ``$`` matches too.
ContentType = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.+-]+/[A-Za-z0-9_.+-]+(?!\n)$", max_length=127)]
Title = Annotated[str, Meta(max_length=255, pattern=_TEXT)]
Description = Annotated[str, Meta(max_length=5000, pattern=_TEXT)]
Word = Annotated[str, Meta(min_length=1, max_length=64, pattern=_TEXT)]
Tags = Annotated[list[Word], Meta(max_length=50)]
Category = Annotated[str, Meta(max_length=64, pattern=_TEXT)]
Metadata = Annotated[
    dict[Word, Annotated[str, Meta(max_length=1000, pattern=_TEXT)]],
    Meta(max_length=50, description="Whatever the sender wants to find again."),
]


class Wishes(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a sender says of a file that is to come."""

    title: Title = ""
    description: Description = ""
    metadata: Metadata = {}
    tags: Tags = []
    category: Category = ""
    profile: Annotated[Profile, Meta(description="How much work encoding may be; more makes better pictures.")] = (
        DEFAULT_PROFILE
    )
    playback_policy: Annotated[
        PlaybackPolicy, Meta(description="Who may play it: everybody, or who has a token that the gateway signed.")
    ] = DEFAULT_PLAYBACK_POLICY
    priority: Annotated[Priority, Meta(description="What goes first of the tenant's own work.")] = DEFAULT_PRIORITY
    language: Annotated[
        Language | None, Meta(description="What is spoken, for the transcript; null where it is to be found out.")
    ] = None


class UploadRequest(Wishes, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file that somebody is about to upload."""

    name: Name
    size_bytes: Annotated[int, Meta(ge=1, le=1 << 62, description="Its exact length.", examples=[12_345_678])]
    content_type: ContentType = "application/octet-stream"


class ImportRequest(Wishes, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file that Headrace is to fetch."""

    input: Annotated[
        str,
        Meta(
            pattern=r"^https?://[^\s\u0000/?#@]+([/?#][^\s\u0000]*)?(?!\n)$",
            max_length=4096,
            description="Where it can be read, by GET, without credentials in its address.",
            examples=["https://films.example/clip.mp4"],
        ),
    ]
    name: Annotated[Name | None, Meta(description="The last part of the URL's path, unless it is given.")] = None


class UploadTarget(Struct, frozen=True):
    """The request that the sender makes itself, to the store: exactly ``size_bytes`` long, with these headers."""

    method: Literal["PUT"]
    url: str
    headers: dict[str, str]
    expires_at: datetime


class PartTarget(Struct, frozen=True):
    """Where to PUT one part, exactly ``size_bytes`` long; no header of it is signed but its length."""

    number: int
    size_bytes: int
    url: str


class Parts(Struct, frozen=True):
    """The parts of a large file, counted from 1, all of ``part_bytes`` but the last, and where to send some of them.

    ``next_from`` is the first that ``targets`` does not reach, or null at the end.
    """

    part_bytes: int
    count: int
    targets: list[PartTarget]
    next_from: int | None


class UploadDocument(Struct, frozen=True, kw_only=True):
    """An upload: one PUT to ``upload``, or ``parts``; ``stored`` are the numbers of those that the store holds.

    One PUT counts as a single part. The upload expires at ``expires_at`` unless something happens before.
    """

    upload_id: str
    asset_id: str
    state: SessionState
    name: str
    size_bytes: int
    content_type: str
    created_at: datetime
    expires_at: datetime
    upload: UploadTarget | None
    parts: Parts | None
    stored: list[int]


class ImportDocument(Struct, frozen=True):
    """The asset that a file will be once it was fetched."""

    asset_id: str
