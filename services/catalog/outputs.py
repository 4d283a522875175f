"""What is played of an asset after one more fact about a recipe: a retry takes over when it is as good. Pure."""

from typing import Any

import msgspec

from contracts.v1 import AssetPackaged, AssetPlanned, AssetPlayable, AssetReady, QualityMeasured, ThumbnailMade
from services.catalog.view import AssetView, Output, State

RecipeNews = AssetPlanned | ThumbnailMade | AssetPlayable | AssetPackaged | AssetReady | QualityMeasured

# A state gives way only to one further down: playable stays while chunks arrive, a failure is not undone by work that
# was under way, and ready is final, because everything was verified. A replayed dead letter can turn failed into ready.
_ORDER: tuple[State, ...] = ("waiting", "processing", "playable", "failed", "ready")

_READY = ("hls_key", "dash_key", "poster_key", "storyboard_key", "duration_s")
_PACKAGED = ("hls_key", "dash_key", "duration_s", "renditions")


def later(now: State, proposed: State) -> State:
    """Return the state of two that is further on."""
    return max(now, proposed, key=_ORDER.index)


def output_news(view: AssetView, fact: RecipeNews) -> dict[str, Any]:
    """Return the fields of the view that a fact about a recipe changes; facts of recipes given up change nothing."""
    if isinstance(fact, AssetPlanned) and fact.recipe != view.recipe:
        return _planned_anew(view, fact)
    if view.retry is not None and fact.recipe == view.retry.recipe:
        return _retried(view, view.retry, fact)
    if view.recipe in (None, fact.recipe):
        return _made(fact) | _state(view, fact)
    if isinstance(fact, AssetPlayable) and view.hls_key is None:
        # What an earlier plan made plays until the one that took its place does.
        return _made(fact) | _state(view, fact)
    return {}


def _planned_anew(view: AssetView, plan: AssetPlanned) -> dict[str, Any]:
    if view.retry is not None and view.retry.recipe == plan.recipe:
        return {"retry": msgspec.structs.replace(view.retry, **_made(plan))}
    if plan.stage == "refined":
        # It follows a plan that was given up meanwhile.
        return {}
    own = msgspec.structs.replace(Output(), **_made(plan))
    # What failed before was of the attempt before.
    news: dict[str, Any] = {"errors": []}
    if view.state == "failed":
        news["state"] = "processing" if view.hls_key is None else "playable"
    if view.hls_key is None:
        return news | msgspec.structs.asdict(own) | {"retry": None}
    return news | {"retry": own}


def _retried(view: AssetView, retry: Output, fact: RecipeNews) -> dict[str, Any]:
    own = msgspec.structs.replace(retry, **_made(fact))
    complete_before = view.state == "ready" or view.dash_key is not None
    if isinstance(fact, AssetReady) or (isinstance(fact, AssetPlayable) and not complete_before):
        return msgspec.structs.asdict(own) | {"retry": None} | _state(view, fact)
    return {"retry": own}


def _made(fact: RecipeNews) -> dict[str, Any]:
    """Return the fields of an output that a fact changes."""
    match fact:
        case AssetPlanned():
            return {
                "recipe": fact.recipe,
                "duration_s": fact.grid.duration_s,
                "planned_parts": fact.planned_parts,
                "warnings": fact.warnings,
                "non_standard_input": fact.non_standard_input,
            }
        case ThumbnailMade():
            return {"poster_key": fact.poster_key, "storyboard_key": fact.storyboard_key}
        case AssetPlayable():
            return {"hls_key": fact.hls_key}
        case QualityMeasured():
            return {"receipts": fact.receipts}
        case AssetPackaged():
            return {name: getattr(fact, name) for name in _PACKAGED}
        case AssetReady():
            return {name: getattr(fact, name) for name in _READY}


def _state(view: AssetView, fact: RecipeNews) -> dict[str, Any]:
    match fact:
        case AssetPlayable():
            return {"state": later(view.state, "playable")}
        case AssetReady():
            return {"state": "ready", "errors": []}
        case _:
            return {}
