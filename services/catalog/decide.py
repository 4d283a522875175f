"""What an asset looks like after one more fact: a pure fold, the same on every replay."""

from datetime import datetime
from typing import Any

import msgspec

from contracts.v1 import (
    AnyFact,
    AssetAbandoned,
    AssetAwaited,
    AssetDeleted,
    AssetDescribed,
    AssetFailed,
    AssetIngested,
    AssetProbed,
    AssetPurged,
    AssetRestored,
    AssetRetried,
    CaptionsFact,
    ChunkEncoded,
    ComplexityMeasured,
    CopyRefused,
    DownloadFailed,
    DownloadMade,
    OutputRefused,
    PosterChosen,
    PosterMade,
    PosterRefused,
    Probe,
    VersionChosen,
    VersionRemoved,
    VersionRetired,
)
from services.catalog.captions import captions_news
from services.catalog.outputs import later, output_news
from services.catalog.versions import version_news, version_of
from services.catalog.view import AssetView, Download, Problem, State

_DESCRIBED = ("title", "description", "metadata", "tags", "category")
_ANNOUNCED = ("name", "playback_policy", *_DESCRIBED)


def fold(view: AssetView | None, fact: AnyFact, at: datetime) -> AssetView | None:
    """Return the view after a fact that the log received at ``at``; folding a fact twice only moves ``updated_at``.

    None is what remains of an asset whose file never came, or that was purged; work that ends later does not bring it
    back.
    """
    match fact:
        case AssetPurged():
            return None
        case AssetAbandoned():
            # Who gives an upload up may do so just when its file arrives: that one is an asset.
            return None if view is None or view.state == "waiting" else view
        # What ``ingest`` refuses is an asset that never was ingested.
        case AssetAwaited() | AssetIngested() | AssetFailed(service="ingest") if view is None:
            first: State = "waiting" if isinstance(fact, AssetAwaited) else "processing"
            view = AssetView(asset_id=fact.asset_id, tenant=fact.tenant, created_at=at, updated_at=at, state=first)
    return None if view is None else msgspec.structs.replace(view, **_news(view, fact, at), updated_at=at)


def _news(view: AssetView, fact: AnyFact, at: datetime) -> dict[str, Any]:
    """Return the fields that a fact changes, with what they become."""
    news: dict[str, Any]
    match fact:
        case AssetAwaited() | AssetIngested() | AssetProbed() | AssetFailed():
            news = _beginning(view, fact, at)
        case ChunkEncoded() | CopyRefused() | OutputRefused() | ComplexityMeasured() | AssetAbandoned() | AssetPurged():
            # Parts are counted from their table, work follows what was refused or measured, the others end a view.
            news = {}
        case PosterRefused() | DownloadFailed():
            # What an asset can do without is no error of it: who wished for it hears of it.
            news = {}
        case CaptionsFact():
            news = captions_news(view, fact)
        case AssetDescribed() | AssetDeleted() | AssetRestored() | AssetRetried():
            news = _edit(view, fact, at)
        case PosterChosen() | PosterMade() | DownloadMade():
            news = _extra(view, fact)
        case VersionChosen() | VersionRetired() | VersionRemoved():
            news = version_news(view, fact, at)
        case _:
            news = output_news(view, fact, at)
    return news


def _beginning(
    view: AssetView, fact: AssetAwaited | AssetIngested | AssetProbed | AssetFailed, at: datetime
) -> dict[str, Any]:
    match fact:
        case AssetAwaited():
            return _fields(fact, _ANNOUNCED)
        case AssetIngested():
            state = later(view.state, "processing")
            return {"state": state, **_fields(fact, ("original", "name", "playback_policy", "attempt"))}
        case AssetProbed():
            # What is planned is of a length of its own, and is played until something else is.
            duration_s = view.duration_s if view.recipe else fact.probe.duration_s
            return {"original": fact.original, "probe": _told(fact.probe), "duration_s": duration_s}
        case AssetFailed():
            return _failure(view, fact, at)


def _edit(
    view: AssetView, fact: AssetDescribed | AssetDeleted | AssetRestored | AssetRetried, at: datetime
) -> dict[str, Any]:
    match fact:
        case AssetDescribed():
            return _fields(fact, _DESCRIBED)
        case AssetDeleted():
            # Files to download are not kept for a return: they are made again when somebody asks.
            return {"deleted_at": view.deleted_at or at, "purge_at": fact.purge_at, "downloads": []}
        case AssetRestored():
            return {"deleted_at": None, "purge_at": None}
        case AssetRetried():
            attempt = max(view.attempt, fact.attempt)
            # Pictures or playlists made again may mend not all of it: the last look at everything tells.
            if view.state != "failed" or fact.step in ("thumbnail", "package", "transcribe"):
                return {"attempt": attempt}
            return {"attempt": attempt, "errors": [], "state": "playable" if view.hls_key else "processing"}


def _extra(view: AssetView, fact: PosterChosen | PosterMade | DownloadMade) -> dict[str, Any]:
    match fact:
        case PosterChosen():
            return {"poster_edit": max(view.poster_edit, fact.edit)}
        case PosterMade():
            # Of two choices the later one counts, whichever is made first.
            return {"chosen_poster_key": fact.poster_key} if fact.edit == view.poster_edit else {}
        case DownloadMade():
            version = version_of(view, fact.recipe)
            if view.deleted_at is not None or (version is not None and version.retired_at is not None):
                return {}
            own = Download(recipe=fact.recipe, rung=fact.rung, key=fact.key, size_bytes=fact.size_bytes)
            return {"downloads": [*(made for made in view.downloads if made.key != own.key), own]}


def _failure(view: AssetView, fact: AssetFailed, at: datetime) -> dict[str, Any]:
    """Return what a failure changes: nothing, if it is of an attempt that was given up."""
    current = view.retry.recipe if view.retry else view.recipe
    if fact.recipe not in ("", current) or (not fact.recipe and fact.attempt < view.attempt):
        return {}
    problem = Problem(code=fact.code, message=fact.message, service=fact.service)
    errors = view.errors if problem in view.errors else [*view.errors, problem]
    news = {"state": later(view.state, "failed"), "errors": errors}
    if view.retry is None or fact.recipe != view.retry.recipe:
        return news
    return news | {"retry": msgspec.structs.replace(view.retry, failed_at=view.retry.failed_at or at)}


def _fields(fact: AnyFact, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(fact, name) for name in names}


def _told(probe: Probe) -> Probe:
    """Return what people ask for of a probe; an index of an hour has thousands of numbers."""
    return msgspec.structs.replace(
        probe, video=[msgspec.structs.replace(stream, pictures=None) for stream in probe.video]
    )
