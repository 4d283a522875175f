"""All that the catalog keeps of an asset: the column ``view``, of which the other columns are extracts."""

from datetime import datetime
from typing import Literal

import msgspec

from contracts.policies import DEFAULT_PLAYBACK_POLICY, PlaybackPolicy
from contracts.v1 import Original, Probe, Receipt, Rendition

State = Literal["waiting", "processing", "playable", "failed", "ready"]
Kind = Literal["video", "audio"]


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One reason why an asset could not be made, as the service that gave up put it."""

    code: str
    message: str
    service: str


class Download(msgspec.Struct, frozen=True, kw_only=True):
    """A rung as one MP4 file."""

    recipe: str
    rung: str
    key: str
    size_bytes: int


class Output(msgspec.Struct, frozen=True, kw_only=True):
    """What was planned and made under one recipe; ``planned_parts`` counts the ``chunk.encoded`` that are to come."""

    recipe: str | None = None
    duration_s: float | None = None
    planned_parts: int = 0
    warnings: list[str] = []
    non_standard_input: list[str] = []
    hls_key: str | None = None
    dash_key: str | None = None
    poster_key: str | None = None
    storyboard_key: str | None = None
    renditions: list[Rendition] = []
    receipts: list[Receipt] = []


class AssetView(Output, frozen=True, kw_only=True):
    """All that the facts so far say of one asset, and the output that is played.

    ``retry`` is what a later attempt has made so far, while an earlier one's output is still played. ``attempt`` is 0
    until a retry. ``poster_edit`` is the last choice of a poster, ``chosen_poster_key`` what was made of a choice.
    """

    asset_id: str
    tenant: str
    created_at: datetime
    updated_at: datetime
    state: State = "processing"
    name: str = ""
    title: str = ""
    description: str = ""
    metadata: dict[str, str] = {}
    tags: list[str] = []
    category: str = ""
    playback_policy: PlaybackPolicy = DEFAULT_PLAYBACK_POLICY
    original: Original | None = None
    probe: Probe | None = None
    errors: list[Problem] = []
    attempt: int = 0
    retry: Output | None = None
    poster_edit: str = ""
    chosen_poster_key: str | None = None
    downloads: list[Download] = []
    deleted_at: datetime | None = None
    purge_at: datetime | None = None


def kind_of(view: AssetView) -> Kind | None:
    """Return what an original is, once it was looked at."""
    if view.probe is None:
        return None
    return "video" if view.probe.video else "audio"
