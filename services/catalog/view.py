"""All that the catalog keeps of an asset: the column ``view``, of which the other columns are extracts."""

from datetime import datetime
from typing import Literal

import msgspec

from contracts.policies import DEFAULT_PLAYBACK_POLICY, PlaybackPolicy
from contracts.v1 import CaptionsSource, Original, Probe, Receipt, Rendition

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


class TextTrack(msgspec.Struct, frozen=True, kw_only=True):
    """A text track: its fields are those of ``captions.made`` in the version that stands, 0 where none does.

    ``removed`` is the version that ended it, ``asked`` the last that was asked for, ``answered`` the last of these that
    was made or refused; ``refused`` is a later version than what stands that could not be made, with its code and
    message.
    """

    track: str
    removed: int = 0
    asked: int = 0
    answered: int = 0
    version: int = 0
    language: str = ""
    name: str = ""
    source: CaptionsSource = "upload"
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


class Output(msgspec.Struct, frozen=True, kw_only=True):
    """What was planned and made under one recipe; ``planned_parts`` counts the ``chunk.encoded`` that are to come.

    ``left_out`` are sentences for people about what could not be packaged.
    """

    recipe: str | None = None
    duration_s: float | None = None
    planned_parts: int = 0
    warnings: list[str] = []
    non_standard_input: list[str] = []
    hls_key: str | None = None
    dash_key: str | None = None
    poster_key: str | None = None
    storyboard_key: str | None = None
    chapters_key: str = ""
    left_out: list[str] = []
    renditions: list[Rendition] = []
    receipts: list[Receipt] = []
    engine: str = ""
    profile: str = ""
    planned_at: datetime | None = None
    ready_at: datetime | None = None
    failed_at: datetime | None = None


class Version(Output, frozen=True, kw_only=True):
    """An output that is neither played nor being made ``since`` another one took its place.

    What is retired can never be played again; of what is removed nothing is left in the bucket.
    """

    since: datetime
    retired_at: datetime | None = None
    removed_at: datetime | None = None


class AssetView(Output, frozen=True, kw_only=True):
    """All that the facts so far say of one asset, and the output that is played.

    ``retry`` is what a later attempt has made so far, while an earlier one's output is still played; ``versions`` are
    all others. ``attempt`` is 0 until a retry. ``poster_edit`` is the last choice of a poster, ``chosen_poster_key``
    what was made of a choice.
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
    versions: list[Version] = []
    poster_edit: str = ""
    chosen_poster_key: str | None = None
    downloads: list[Download] = []
    captions: list[TextTrack] = []
    deleted_at: datetime | None = None
    purge_at: datetime | None = None


def collect_from(view: AssetView) -> datetime | None:
    """Return since when something of an asset waits to be retired, or None where nothing does."""
    waiting = [version.since for version in view.versions if version.retired_at is None]
    if view.retry is not None and view.retry.failed_at is not None:
        waiting.append(view.retry.failed_at)
    return min(waiting, default=None)


def kind_of(view: AssetView) -> Kind | None:
    """Return what an original is, once it was looked at."""
    if view.probe is None:
        return None
    return "video" if view.probe.video else "audio"
