"""What the gateway reads of the catalog's tables; their shape is ``infra/postgres/migrations``."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from contracts.policies import DEFAULT_PLAYBACK_POLICY, PlaybackPolicy
from contracts.v1 import Original, Probe, Receipt, Rendition
from services.gateway.documents import AssetError, AssetState


class AssetView(Struct, frozen=True, kw_only=True):
    """The part of the column ``view`` that is told on."""

    asset_id: str
    created_at: datetime
    updated_at: datetime
    state: AssetState
    name: str
    original: Original | None
    probe: Probe | None
    duration_s: float | None
    planned_parts: int
    warnings: list[str]
    hls_key: str | None
    dash_key: str | None
    poster_key: str | None
    storyboard_key: str | None
    renditions: list[Rendition]
    errors: list[AssetError]
    non_standard_input: list[str] = []
    playback_policy: PlaybackPolicy = DEFAULT_PLAYBACK_POLICY
    receipts: list[Receipt] = []


class CatalogRow(Struct, frozen=True):
    """An asset's view, and how many of its planned parts are encoded."""

    view: AssetView
    encoded_parts: int


class Position(Struct, frozen=True, array_like=True):
    """A place in the list of assets, newest first: everything after it is older."""

    created_at: Annotated[datetime, Meta(tz=True)]
    asset_id: Annotated[str, Meta(pattern="^[a-z0-9]+$")]
