"""What people may ask to be done to assets, and what they are answered."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from contracts.profiles import Profile
from contracts.steps import RetryStep
from services.gateway.upload_documents import Category, Description, Metadata, Tags, Title

AssetId = Annotated[str, Meta(pattern="^[a-z0-9]{1,64}$")]


class DescriptionChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be said of an asset from now on; what is left out, or null, stays."""

    title: Title | None = None
    description: Description | None = None
    metadata: Annotated[Metadata | None, Meta(description="All of it: what is not in here goes.")] = None
    tags: Annotated[Tags | None, Meta(description="All of them.")] = None
    category: Category | None = None


class RetryRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """From which step on an asset's work is to be done again."""

    step: Annotated[
        RetryStep,
        Meta(
            description="`probe`: everything, from the original on. `encode`: everything after that."
            " `thumbnail`: poster and storyboard. `package`: playlists, manifest and the last check."
        ),
    ] = "probe"
    profile: Annotated[
        Profile | None, Meta(description="How much work encoding may be this time; by default as much as before.")
    ] = None


class BatchRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One act on many assets; `tag` adds and removes tags, `retry` begins at a step."""

    action: Literal["delete", "restore", "retry", "tag"]
    asset_ids: Annotated[list[AssetId], Meta(min_length=1, max_length=100, examples=[["mzxw6ytboi2dgnbvgy3tqojqge"]])]
    add_tags: Tags = []
    remove_tags: Tags = []
    step: RetryStep = "probe"


class BatchResult(Struct, frozen=True, kw_only=True):
    """What became of the act on one asset; `code` and `detail` say why it was refused."""

    asset_id: str
    done: bool
    code: str | None = None
    detail: str | None = None


class BatchAnswer(Struct, frozen=True):
    """A result for each asset, in the order of the request."""

    results: list[BatchResult]


class DownloadRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """Which rung is wanted as one file."""

    rung: Annotated[str, Meta(pattern="^[a-z0-9-]{1,32}$", description="Its name.", examples=["720p"])]


class DownloadAnswer(Struct, frozen=True, kw_only=True):
    """A file to save: once it is ready, from ``url``, for a while."""

    state: Literal["processing", "ready"]
    name: str
    size_bytes: int | None = None
    url: str | None = None
    expires_at: datetime | None = None


PosterTime = Annotated[float, Meta(ge=0, le=1_000_000, description="Seconds from the beginning.")]
PosterUpload = Annotated[
    str, Meta(pattern="^[A-Za-z0-9_-]{8,64}$", description="The `upload` of a picture that was uploaded.")
]


class PosterRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which picture is to be the poster: one of the video, or one that was uploaded."""

    at_s: PosterTime | None = None
    upload: PosterUpload | None = None


class PosterUploadRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A picture that is about to be uploaded."""

    size_bytes: Annotated[int, Meta(ge=1, le=10 << 20, examples=[123_456])]
    content_type: Literal["image/jpeg", "image/png", "image/webp"]


class PosterUploadAnswer(Struct, frozen=True, kw_only=True):
    """The request that the sender makes itself, to the store; then the poster is chosen by `upload`."""

    upload: str
    method: Literal["PUT"]
    url: str
    headers: dict[str, str]
    expires_at: datetime
