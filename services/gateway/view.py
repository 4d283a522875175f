"""What the gateway reads of the catalog's tables; their shape is ``infra/postgres/migrations``."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from contracts.keys import DEFAULT_TENANT
from contracts.policies import DEFAULT_PLAYBACK_POLICY, PlaybackPolicy
from contracts.v1 import CaptionsSource, Original, Probe, Receipt, Rendition
from services.gateway.documents import AssetError, AssetKind, AssetState


class Output(Struct, frozen=True, kw_only=True):
    """What is told of what was planned and made under one recipe."""

    recipe: str | None = None
    planned_parts: int
    renditions: list[Rendition]
    engine: str = ""
    profile: str = ""
    planned_at: datetime | None = None
    ready_at: datetime | None = None
    failed_at: datetime | None = None


class Version(Output, frozen=True, kw_only=True):
    """An output that is neither played nor being made; what is retired never will be."""

    since: datetime
    retired_at: datetime | None = None
    removed_at: datetime | None = None


class Download(Struct, frozen=True, kw_only=True):
    """A rung as one MP4 file in the store."""

    recipe: str
    rung: str
    key: str
    size_bytes: int


class TextTrack(Struct, frozen=True, kw_only=True):
    """A text track; ``version`` is 0 where none stands, ``refused`` a later one that could not be made.

    ``removed`` ended it; ``asked`` is the last version that was asked for, ``answered`` the last of these that was
    made or refused.
    """

    track: str
    removed: int = 0
    asked: int = 0
    answered: int = 0
    version: int = 0
    language: str
    name: str = ""
    source: CaptionsSource
    vtt_key: str = ""
    words_key: str = ""
    cues: int = 0
    default: bool = False
    forced: bool = False
    sdh: bool = False
    language_probability: float | None = None
    code: str = ""
    message: str = ""
    refused: int = 0
    refused_code: str = ""
    refused_message: str = ""


class AssetView(Output, frozen=True, kw_only=True):
    """The part of the column ``view`` that is told on; ``attempt`` is 0 until a retry.

    ``retry`` is a later attempt under way, while what an earlier one made is played.
    """

    asset_id: str
    tenant: str = DEFAULT_TENANT
    created_at: datetime
    updated_at: datetime
    state: AssetState
    name: str
    original: Original | None
    probe: Probe | None
    duration_s: float | None
    warnings: list[str]
    hls_key: str | None
    dash_key: str | None
    poster_key: str | None
    storyboard_key: str | None
    chapters_key: str = ""
    left_out: list[str] = []
    errors: list[AssetError]
    non_standard_input: list[str] = []
    playback_policy: PlaybackPolicy = DEFAULT_PLAYBACK_POLICY
    receipts: list[Receipt] = []
    title: str = ""
    description: str = ""
    metadata: dict[str, str] = {}
    tags: list[str] = []
    category: str = ""
    attempt: int = 0
    retry: Output | None = None
    versions: list[Version] = []
    chosen_poster_key: str | None = None
    downloads: list[Download] = []
    captions: list[TextTrack] = []
    deleted_at: datetime | None = None
    purge_at: datetime | None = None

    @property
    def shown_state(self) -> AssetState:
        """Return the state for people: what an asset was before it was deleted is kept for its return."""
        return self.state if self.deleted_at is None else "deleted"

    @property
    def kind(self) -> AssetKind | None:
        """Return what the original is, once it was looked at."""
        if self.probe is None:
            return None
        return "video" if self.probe.video else "audio"


class CatalogRow(Struct, frozen=True):
    """An asset's view, how many parts of its last attempt are encoded, and a tag that changes with any of it."""

    view: AssetView
    encoded_parts: int
    etag: str = ""


class Position(Struct, frozen=True, array_like=True):
    """A place in the list of assets, newest first: everything after it is older."""

    created_at: Annotated[datetime, Meta(tz=True)]
    asset_id: Annotated[str, Meta(pattern="^[a-z0-9]+$")]
