"""What an asset's versions are after a fact about them: the log's order decides between all who state one. Pure."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from contracts.v1 import VersionChosen, VersionRemoved, VersionRetired
from services.catalog.view import AssetView, Output, Version

VersionNews = VersionChosen | VersionRetired | VersionRemoved

_FIELDS = Output.__struct_fields__
_LEFT = ("recipe", "engine", "profile", "planned_at", "ready_at", "since")


def version_news(view: AssetView, fact: VersionNews, at: datetime) -> dict[str, Any]:
    """Return the fields of the view that a fact about a version changes."""
    version = version_of(view, fact.recipe)
    match fact:
        case VersionChosen():
            return _chosen(view, version, at)
        case VersionRetired():
            return _retired(view, version, fact.recipe, at)
        case VersionRemoved():
            return {} if version is None else {"versions": _with(view, _removed(version, at))}


def version_of(view: AssetView, recipe: str) -> Version | None:
    """Return the version under a recipe that is neither played nor being made."""
    return next((version for version in view.versions if version.recipe == recipe), None)


def fields_of(output: Output) -> dict[str, Any]:
    """Return the fields of an output, whatever else it is."""
    return {name: getattr(output, name) for name in _FIELDS}


def superseded(outputs: Iterable[Output | None], at: datetime) -> list[Version]:
    """Return outputs as versions that are not played or made any more; without a recipe nothing was planned."""
    return [Version(**fields_of(output), since=at) for output in outputs if output is not None and output.recipe]


def updated(view: AssetView, version: Version, news: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of the view when those of a version change; of a retired one nothing is heard any more."""
    if version.retired_at is not None:
        return {}
    return {"versions": _with(view, msgspec.structs.replace(version, **news))}


def _chosen(view: AssetView, version: Version | None, at: datetime) -> dict[str, Any]:
    if version is None or version.ready_at is None or version.retired_at is not None:
        # Whoever chose it was slower than whoever retired it.
        return {}
    others = [other for other in view.versions if other.recipe != version.recipe]
    return {**fields_of(version), "versions": [*others, *superseded([view], at)], "state": "ready", "errors": []}


def _retired(view: AssetView, version: Version | None, recipe: str, at: datetime) -> dict[str, Any]:
    downloads = [made for made in view.downloads if made.recipe != recipe]
    if view.retry is not None and view.retry.recipe == recipe:
        (given_up,) = superseded([view.retry], at)
        retired = msgspec.structs.replace(given_up, retired_at=at)
        return {"retry": None, "versions": [*view.versions, retired], "downloads": downloads}
    if version is None:
        return {}
    return updated(view, version, {"retired_at": at}) | {"downloads": downloads}


def _removed(version: Version, at: datetime) -> Version:
    left = {name: getattr(version, name) for name in _LEFT}
    return Version(**left, retired_at=version.retired_at or at, removed_at=version.removed_at or at)


def _with(view: AssetView, version: Version) -> list[Version]:
    return [version if other.recipe == version.recipe else other for other in view.versions]
