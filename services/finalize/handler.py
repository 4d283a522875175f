"""Consumes ``asset.packaged`` and ``thumbnail.made``, produces ``asset.ready``: the last look at what was made."""

from contracts.keys import asset_prefix
from contracts.v1 import AssetPackaged, AssetReady, ChunkEncoded, ThumbnailMade
from services.finalize.decide import all_made, verified
from services.runtime.inject import LogDep, StoreDep


async def finalize_asset(event: AssetPackaged | ThumbnailMade, store: StoreDep, log: LogDep) -> AssetReady | None:
    """State that an asset is ready once everything was made and lies in the store as stated."""
    facts = await log.facts(event.asset_id, ChunkEncoded, AssetPackaged, ThumbnailMade)
    made = all_made(facts, event.recipe)
    if made is None:
        return None
    stored = store.list(asset_prefix(event.asset_id, event.recipe))
    return verified(made, {entry.key: entry.size_bytes async for entry in stored})
