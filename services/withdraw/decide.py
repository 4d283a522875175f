"""Which objects of a deleted asset may stay, where its objects may lie, and which versions nobody wants. Pure."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from contracts.keys import POSTER_UPLOADS, WITHDRAWN, asset_folders, asset_prefix, withdrawn_key
from contracts.v1 import AssetAwaited, AssetIngested, AssetPurged, AssetRetried, Fact

# A segment is of no use without its rendition's initialisation segment, and there are thousands of them.
_STAY = (".m4s",)
# ``package`` writes these again, from the log.
_WRITTEN_AGAIN = (".m3u8", ".mpd")
# So it does text that it cut; downloads come when somebody asks.
_MADE_AGAIN = ("/downloads/", "/text/")


class Output(msgspec.Struct, frozen=True, kw_only=True):
    """A version that is being made, unless it failed."""

    recipe: str | None = None
    failed_at: datetime | None = None


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """A version that is neither played nor being made."""

    recipe: str
    since: datetime
    retired_at: datetime | None = None


class Versions(msgspec.Struct, frozen=True, kw_only=True):
    """The part of the catalog's column ``view`` that tells which of an asset's versions are in use."""

    asset_id: str
    tenant: str
    recipe: str | None = None
    retry: Output | None = None
    versions: list[Version] = []
    hls_key: str | None = None
    dash_key: str | None = None
    poster_key: str | None = None
    storyboard_key: str | None = None
    chosen_poster_key: str | None = None


def unwanted(view: Versions, before: datetime) -> list[str]:
    """Return the recipes of versions that were superseded, or failed beside what is played, before a time.

    What is played, or shows anything of an asset, is never among them; nor is what is being made.
    """
    failed = view.retry is not None and view.retry.failed_at is not None and view.retry.failed_at <= before
    recipes = [view.retry.recipe] if view.retry is not None and failed else []
    recipes += [own.recipe for own in view.versions if own.retired_at is None and own.since <= before]
    return [recipe for recipe in recipes if recipe and recipe != view.recipe and not _shown(view, recipe)]


def _shown(view: Versions, recipe: str) -> bool:
    keys = (view.hls_key, view.dash_key, view.poster_key, view.storyboard_key, view.chosen_poster_key)
    return any(key is not None and key.startswith(asset_prefix(view.asset_id, recipe)) for key in keys)


def withdrawn(key: str) -> bool:
    """Tell whether an object leaves the place where everybody can read it."""
    return not key.endswith(_STAY)


def needed_back(key: str) -> bool:
    """Tell whether a withdrawn object must be kept, because nobody would make it again for a restored asset."""
    return not key.endswith(_WRITTEN_AGAIN) and not any(folder in key for folder in _MADE_AGAIN)


def prefixes_of(asset_id: str) -> list[str]:
    """Return everything below which an asset's objects may lie, but for its original."""
    made = asset_folders(asset_id)
    return [*made, *map(withdrawn_key, made), f"{POSTER_UPLOADS}{asset_id}/"]


def prefixes_of_version(asset_id: str, recipe: str) -> list[str]:
    """Return everything below which a version's objects may lie."""
    made = asset_prefix(asset_id, recipe)
    return [made, withdrawn_key(made)]


def original_key(life: Iterable[Fact]) -> str | None:
    """Return where an asset's original lies, or would lie if it had come."""
    keys = {
        type(fact): fact.original.key if isinstance(fact, AssetIngested) else fact.key
        for fact in life
        if isinstance(fact, AssetIngested | AssetAwaited)
    }
    return keys.get(AssetIngested) or keys.get(AssetAwaited)


def purged(asset_id: str, tenant: str, objects: int, life: Iterable[Fact]) -> AssetPurged:
    """Return the fact that nothing is left; a next life begins with an attempt that no fact of this one knows."""
    attempts = [fact.attempt for fact in life if isinstance(fact, AssetIngested | AssetRetried)]
    return AssetPurged(asset_id=asset_id, tenant=tenant, objects=objects, attempt=max(attempts, default=0) + 1)


def home_of(key: str) -> str:
    """Return where a withdrawn object lay before."""
    return key.removeprefix(WITHDRAWN)


def asset_of_poster(key: str) -> str:
    """Return which asset a picture was uploaded for."""
    return key.removeprefix(POSTER_UPLOADS).partition("/")[0]
