"""Which objects of a deleted asset may stay where everybody can read them, and where its objects may lie. Pure."""

from collections.abc import Iterable

from contracts.keys import POSTER_UPLOADS, WITHDRAWN, asset_folders, withdrawn_key
from contracts.v1 import AssetAwaited, AssetIngested, AssetPurged, AssetRetried, Fact

# A segment is of no use without its rendition's initialisation segment, and there are thousands of them.
_STAY = (".m4s",)
# ``package`` writes these again, from the log.
_WRITTEN_AGAIN = (".m3u8", ".mpd")


def withdrawn(key: str) -> bool:
    """Tell whether an object leaves the place where everybody can read it."""
    return not key.endswith(_STAY)


def needed_back(key: str) -> bool:
    """Tell whether a withdrawn object must be kept, because nobody would make it again for a restored asset."""
    return not key.endswith(_WRITTEN_AGAIN) and "/downloads/" not in key


def prefixes_of(asset_id: str) -> list[str]:
    """Return everything below which an asset's objects may lie, but for its original."""
    made = asset_folders(asset_id)
    return [*made, *map(withdrawn_key, made), f"{POSTER_UPLOADS}{asset_id}/"]


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
