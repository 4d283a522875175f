"""What is played of an asset after one more fact about a recipe: a retry takes over when it is as good. Pure."""

from datetime import datetime
from typing import Any

import msgspec

from contracts.v1 import AssetPackaged, AssetPlanned, AssetPlayable, AssetReady, QualityMeasured, ThumbnailMade
from services.catalog.versions import fields_of, superseded, updated, version_of
from services.catalog.view import AssetView, Output, State, Version

RecipeNews = AssetPlanned | ThumbnailMade | AssetPlayable | AssetPackaged | AssetReady | QualityMeasured

# A state gives way only to one further down: playable stays while chunks arrive, a failure is not undone by work that
# was under way, and ready is final, because everything was verified. A replayed dead letter can turn failed into ready.
_ORDER: tuple[State, ...] = ("waiting", "processing", "playable", "failed", "ready")

_READY = ("hls_key", "dash_key", "poster_key", "storyboard_key", "duration_s")
_PACKAGED = ("hls_key", "dash_key", "duration_s", "renditions", "chapters_key")


def later(now: State, proposed: State) -> State:
    """Return the state of two that is further on."""
    return max(now, proposed, key=_ORDER.index)


def output_news(view: AssetView, fact: RecipeNews, at: datetime) -> dict[str, Any]:
    """Return the fields of the view that a fact about a recipe changes; what is played changes by its own alone."""
    if isinstance(fact, AssetPlanned) and fact.recipe != view.recipe:
        return _planned_anew(view, fact, at)
    if view.retry is not None and fact.recipe == view.retry.recipe:
        return _retried(view, view.retry, fact, at)
    if view.recipe in (None, fact.recipe):
        return _made(view, fact, at) | _state(view, fact)
    return _late(view, fact, at)


def _late(view: AssetView, fact: RecipeNews, at: datetime) -> dict[str, Any]:
    """Return what a fact changes about a recipe that is neither played nor being made."""
    version = version_of(view, fact.recipe)
    if version is not None and version.retired_at is not None:
        return {}
    news = {} if version is None else updated(view, version, _made(version, fact, at))
    if isinstance(fact, AssetPlayable) and view.hls_key is None:
        # What an earlier plan made plays until the one that took its place does.
        return news | _made(view, fact, at) | _state(view, fact)
    return news


def _planned_anew(view: AssetView, plan: AssetPlanned, at: datetime) -> dict[str, Any]:
    if view.retry is not None and view.retry.recipe == plan.recipe:
        return {"retry": msgspec.structs.replace(view.retry, **_made(view.retry, plan, at))}
    if plan.stage == "refined" or version_of(view, plan.recipe) is not None:
        # It follows a plan that was given up meanwhile, or is one.
        return {}
    own = msgspec.structs.replace(Output(), **_made(Output(), plan, at))
    # What failed before was of the attempt before.
    news: dict[str, Any] = {"errors": []}
    if view.state == "failed":
        news["state"] = "processing" if view.hls_key is None else "playable"
    if view.hls_key is None:
        return news | fields_of(own) | {"retry": None, "versions": _and(view, [view, view.retry], at)}
    return news | {"retry": own, "versions": _and(view, [view.retry], at)}


def _retried(view: AssetView, retry: Output, fact: RecipeNews, at: datetime) -> dict[str, Any]:
    own = msgspec.structs.replace(retry, **_made(retry, fact, at))
    complete_before = view.state == "ready" or view.dash_key is not None
    if isinstance(fact, AssetReady) or (isinstance(fact, AssetPlayable) and not complete_before):
        return fields_of(own) | {"retry": None, "versions": _and(view, [view], at)} | _state(view, fact)
    return {"retry": own}


def _and(view: AssetView, outputs: list[Output | None], at: datetime) -> list[Version]:
    return [*view.versions, *superseded(outputs, at)]


def _made(before: Output, fact: RecipeNews, at: datetime) -> dict[str, Any]:
    """Return the fields of an output that a fact changes."""
    match fact:
        case AssetPlanned():
            return {
                "recipe": fact.recipe,
                "duration_s": fact.grid.duration_s,
                "planned_parts": fact.planned_parts,
                "warnings": fact.warnings,
                "non_standard_input": fact.non_standard_input,
                "engine": fact.engine,
                "profile": fact.profile,
                "planned_at": before.planned_at or at,
            }
        case ThumbnailMade():
            return {"poster_key": fact.poster_key, "storyboard_key": fact.storyboard_key}
        case AssetPlayable():
            return {"hls_key": fact.hls_key}
        case QualityMeasured():
            return {"receipts": fact.receipts}
        case AssetPackaged():
            return {name: getattr(fact, name) for name in _PACKAGED} | {"left_out": fact.warnings}
        case AssetReady():
            known = {name: getattr(fact, name) for name in _READY}
            return known | {"ready_at": before.ready_at or at, "failed_at": None}


def _state(view: AssetView, fact: RecipeNews) -> dict[str, Any]:
    match fact:
        case AssetPlayable():
            return {"state": later(view.state, "playable")}
        case AssetReady():
            return {"state": "ready", "errors": []}
        case _:
            return {}
