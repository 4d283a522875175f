"""What the gateway takes and answers: the JSON documents of its HTTP API, from which OpenAPI is made."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from contracts.estimates import Estimate
from contracts.policies import PlaybackPolicy
from contracts.v1 import Original, Probe, Rational, Receipt
from services.gateway.caption_documents import CaptionsDocument, Match

AssetState = Literal["waiting", "processing", "playable", "failed", "ready", "deleted"]
AssetKind = Literal["video", "audio"]


class Playback(Struct, frozen=True):
    """Where an asset is played; each URL appears as soon as the file behind it exists. HLS grows until it is ready.

    Those of a signed asset hold `{token}` where a playback token goes. `chapters` is a WebVTT file, if there are any.
    """

    policy: PlaybackPolicy
    hls: str | None
    dash: str | None
    poster: str | None
    storyboard: str | None
    chapters: str | None


class RenditionDocument(Struct, frozen=True):
    """One finished rendition; bandwidths are measured, and its receipt comes once it was compared with the source."""

    name: str
    codecs: str
    playlist: str
    duration_s: float
    size_bytes: int
    segments: int
    bandwidth_bps: int
    average_bandwidth_bps: int
    width: int | None
    height: int | None
    frame_rate: Rational | None
    channels: int | None
    iframes: str | None
    receipt: Receipt | None


class AssetError(Struct, frozen=True):
    """Why an asset could not be made: a stable code, a sentence for people, and the service that gave up."""

    code: str
    message: str
    service: str


class AssetSummary(Struct, frozen=True, kw_only=True):
    """An asset as a list shows it; ``progress`` is 1 only when it is ready, ``name`` is the file's own."""

    asset_id: str
    tenant: str
    state: AssetState
    kind: Annotated[AssetKind | None, Meta(description="Null until the original was looked at.")]
    name: str
    title: str
    tags: list[str]
    category: str
    progress: Annotated[float, Meta(ge=0, le=1)]
    created_at: datetime
    updated_at: datetime
    duration_s: float | None
    playback: Playback
    attempts: Annotated[int, Meta(ge=1, description="How often its work was begun; retries begin it again.")]
    last_error: AssetError | None
    matches: Annotated[
        list[Match], Meta(description="Of a search for words: where they are said; the first few of them.")
    ]


class DownloadDocument(Struct, frozen=True):
    """A rung as an MP4 file: POST to the asset's `downloads` makes it, GET leads to it."""

    rung: str
    size_bytes: int


class AssetDocument(AssetSummary, frozen=True, kw_only=True):
    """Everything known of one asset; ``purge_at`` is when a deleted one can no longer be restored."""

    description: str
    metadata: dict[str, str]
    downloads: list[DownloadDocument]
    deleted_at: datetime | None
    purge_at: datetime | None

    original: Original | None
    probe: Probe | None
    renditions: list[RenditionDocument]
    captions: Annotated[list[CaptionsDocument], Meta(description="Its text tracks.")]
    warnings: list[str]
    non_standard_input: Annotated[
        list[str], Meta(description="Why the original's own pictures are not delivered; empty if they are.")
    ]
    errors: list[AssetError]
    estimate: Annotated[
        Estimate | None,
        Meta(description="Where its work waits and in how long it is ready; null when it is not being made."),
    ]


VersionState = Literal["making", "failed", "current", "kept", "given_up", "retired", "removed"]


class VersionDocument(Struct, frozen=True, kw_only=True):
    """What was made of an asset under one recipe.

    One that is `kept` can be activated; one that never became ready is `given_up` when another takes its place; what is
    `retired` is about to be removed.
    """

    recipe: str
    state: VersionState
    engine: Annotated[str, Meta(description="What encoded it; empty for versions from before this was noted.")]
    profile: Annotated[str, Meta(description="How much work encoding was; empty as `engine` is.")]
    planned_at: datetime | None
    made_at: Annotated[datetime | None, Meta(description="When it became ready.")]
    superseded_at: Annotated[datetime | None, Meta(description="Some days later it is removed.")]
    size_bytes: Annotated[int, Meta(description="Of its complete renditions; 0 before, and when it is removed.")]


class VersionList(Struct, frozen=True):
    """All versions of an asset, first the one that is played."""

    versions: list[VersionDocument]


class AssetPage(Struct, frozen=True):
    """Assets, newest first; ``next_cursor`` leads to older ones, or is null at the end."""

    assets: list[AssetSummary]
    next_cursor: str | None


class Health(Struct, frozen=True):
    """Which of the servers that the gateway needs answer."""

    database: Literal["up", "down"]
    nats: Literal["up", "down"]


class FieldProblem(Struct, frozen=True):
    """What is wrong with one field or parameter."""

    field: str
    detail: str


class Problem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An error, in the shape of RFC 9457; ``type`` and ``code`` are stable, ``detail`` says what to do."""

    type: Annotated[str, Meta(description="`/problems/` and the code: a reference to its kind, not a page.")]
    title: str
    status: int
    code: str
    detail: str
    errors: list[FieldProblem] = []
