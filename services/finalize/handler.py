"""Consumes ``asset.packaged``, ``thumbnail.made``, ``asset.restored``; produces ``asset.ready``: the last look."""

from contracts.keys import asset_prefix
from contracts.v1 import AssetPackaged, AssetReady, AssetRestored, ChunkEncoded, ThumbnailMade, VersionRetired
from services.finalize.decide import all_made, verified
from services.runtime.inject import LogDep, StoreDep
from services.runtime.life import deletion_of
from services.runtime.log import FactLog


async def finalize_asset(
    event: AssetPackaged | ThumbnailMade | AssetRestored, store: StoreDep, log: LogDep
) -> AssetReady | None:
    """State that an asset is ready once everything was made and lies in the store as stated."""
    recipe = await _recipe(event, log)
    if recipe is None or await deletion_of(log, event.asset_id) is not None:
        return None
    facts = await log.facts(event.asset_id, ChunkEncoded, AssetPackaged, ThumbnailMade, VersionRetired)
    made = all_made(facts, recipe)
    if made is None:
        return None
    stored = store.list(asset_prefix(event.asset_id, recipe))
    return verified(made, {entry.key: entry.size_bytes async for entry in stored})


async def _recipe(event: AssetPackaged | ThumbnailMade | AssetRestored, log: FactLog) -> str | None:
    """Return what to look at: for an asset that was deleted before it was ready, what was packaged last."""
    if not isinstance(event, AssetRestored):
        return event.recipe
    last = (await log.facts(event.asset_id, AssetPackaged, AssetReady))[-1:]
    return last[0].recipe if last and isinstance(last[0], AssetPackaged) else None
