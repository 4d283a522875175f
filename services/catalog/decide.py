"""What an asset looks like after one more fact: a pure fold, the same on every replay."""

from datetime import datetime
from typing import Literal

import msgspec

from contracts.policies import DEFAULT_PLAYBACK_POLICY, PlaybackPolicy
from contracts.v1 import (
    AnyFact,
    AssetAbandoned,
    AssetAwaited,
    AssetFailed,
    AssetIngested,
    AssetPackaged,
    AssetPlanned,
    AssetPlayable,
    AssetProbed,
    AssetReady,
    ChunkEncoded,
    ComplexityMeasured,
    CopyRefused,
    Original,
    Probe,
    QualityMeasured,
    Receipt,
    Rendition,
    ThumbnailMade,
)

State = Literal["waiting", "processing", "playable", "failed", "ready"]

# A state gives way only to one further down: playable stays while chunks arrive, a failure is not undone by work that
# was under way, and ready is final, because everything was verified. A replayed dead letter can turn failed into ready.
_ORDER: tuple[State, ...] = ("waiting", "processing", "playable", "failed", "ready")

_ANNOUNCED = ("name", "title", "description", "metadata", "tags", "category", "playback_policy")


_AS_SAID: dict[type[AnyFact], tuple[str, ...]] = {
    ThumbnailMade: ("poster_key", "storyboard_key"),
    AssetPackaged: ("hls_key", "dash_key", "duration_s", "renditions"),
    QualityMeasured: ("receipts",),
}


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One reason why an asset could not be made, as the service that gave up put it."""

    code: str
    message: str
    service: str


class AssetView(msgspec.Struct, frozen=True, kw_only=True):
    """All that the facts so far say of one asset; ``planned_parts`` counts the ``chunk.encoded`` that are to come."""

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
    duration_s: float | None = None
    recipe: str | None = None
    planned_parts: int = 0
    warnings: list[str] = []
    non_standard_input: list[str] = []
    hls_key: str | None = None
    dash_key: str | None = None
    poster_key: str | None = None
    storyboard_key: str | None = None
    renditions: list[Rendition] = []
    receipts: list[Receipt] = []
    errors: list[Problem] = []


def fold(view: AssetView | None, fact: AnyFact, at: datetime) -> AssetView | None:
    """Return the view after a fact that the log received at ``at``; folding a fact twice only moves ``updated_at``.

    None is what remains of an asset whose file never came.
    """
    if isinstance(fact, AssetAbandoned):
        # Who gives an upload up may do so just when its file arrives: that one is an asset.
        return None if view is None or view.state == "waiting" else view
    if view is None:
        first: State = "waiting" if isinstance(fact, AssetAwaited) else "processing"
        view = AssetView(asset_id=fact.asset_id, tenant=fact.tenant, created_at=at, updated_at=at, state=first)
    return msgspec.structs.replace(view, **_news(view, fact), updated_at=at)


def _news(view: AssetView, fact: AnyFact) -> dict[str, object]:
    """Return the fields that a fact changes, with what they become."""
    news: dict[str, object]
    match fact:
        case AssetAwaited() | AssetIngested():
            news = _arrival(view, fact)
        case AssetProbed():
            news = {"original": fact.original, "probe": _told(fact.probe), "duration_s": fact.probe.duration_s}
        case AssetPlanned():
            news = {
                "recipe": fact.recipe,
                "duration_s": fact.grid.duration_s,
                "planned_parts": fact.planned_parts,
                "warnings": fact.warnings,
                "non_standard_input": fact.non_standard_input,
            }
        case ChunkEncoded() | CopyRefused() | ComplexityMeasured():
            news = {}  # parts are counted from their table; what was refused or measured, a plan follows
        case AssetPlayable():
            # What an earlier plan made stays playable until the one that took its place is.
            is_newest = fact.recipe == view.recipe or view.hls_key is None
            hls_key = fact.hls_key if is_newest else view.hls_key
            news = {"state": _later(view.state, "playable"), "hls_key": hls_key}
        case ThumbnailMade() | AssetPackaged() | QualityMeasured():
            news = {name: getattr(fact, name) for name in _AS_SAID[type(fact)]}
        case AssetReady():
            made = ("hls_key", "dash_key", "poster_key", "storyboard_key", "duration_s")
            news = {"state": "ready", "errors": [], **{name: getattr(fact, name) for name in made}}
        case AssetFailed():
            problem = Problem(code=fact.code, message=fact.message, service=fact.service)
            errors = view.errors if problem in view.errors else [*view.errors, problem]
            news = {"state": _later(view.state, "failed"), "errors": errors}
    return news


def _arrival(view: AssetView, fact: AssetAwaited | AssetIngested) -> dict[str, object]:
    if isinstance(fact, AssetAwaited):
        return {name: getattr(fact, name) for name in _ANNOUNCED}
    state = _later(view.state, "processing")
    return {"state": state, "original": fact.original, "name": fact.name, "playback_policy": fact.playback_policy}


def _told(probe: Probe) -> Probe:
    """Return what people ask for of a probe; an index of an hour has thousands of numbers."""
    return msgspec.structs.replace(
        probe, video=[msgspec.structs.replace(stream, pictures=None) for stream in probe.video]
    )


def _later(now: State, proposed: State) -> State:
    return max(now, proposed, key=_ORDER.index)
