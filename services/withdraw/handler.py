"""Consumes deletions, restorations, and facts by which workers say that they have written; produces ``asset.purged``.

A worker does not know that its asset was deleted meanwhile. It writes, then states a fact; the fact comes here, and
what was written is taken away again. So nothing stays that was written late, as long as every task ends with a fact.
The same holds of a version that was retired meanwhile.
"""

from datetime import UTC, datetime

from contracts.v1 import (
    AssetAwaited,
    AssetDeleted,
    AssetFailed,
    AssetIngested,
    AssetPurged,
    AssetRestored,
    AssetRetried,
    CaptionsMade,
    CaptionsRefused,
    ChunkEncoded,
    CopyRefused,
    DownloadFailed,
    DownloadMade,
    Fact,
    PosterMade,
    PosterRefused,
    ThumbnailMade,
    VersionRetired,
)
from services.runtime.inject import LogDep, StoreDep
from services.runtime.life import deletion_of, is_retired
from services.runtime.log import FactLog
from services.runtime.store import Store
from services.withdraw.decide import original_key, purged
from services.withdraw.objects import bring_back, sweep, sweep_version, withdraw

Cause = (
    AssetDeleted
    | AssetRestored
    | ChunkEncoded
    | CopyRefused
    | ThumbnailMade
    | PosterMade
    | PosterRefused
    | DownloadMade
    | DownloadFailed
    | AssetFailed
    | CaptionsMade
    | CaptionsRefused
)


async def keep_withdrawn(event: Cause, store: StoreDep, log: LogDep) -> AssetPurged | None:
    """Make the objects of an asset lie where its life in the log wants them."""
    fact = await _kept(event, store, log)
    for recipe in await _retired(event, log):
        await sweep_version(store, event.asset_id, recipe)
    return fact


async def _retired(event: Cause, log: FactLog) -> list[str]:
    """Return the retired versions of which something may lie in the store again: objects were moved, or written."""
    if isinstance(event, CaptionsMade | CaptionsRefused):
        return []
    if isinstance(event, AssetDeleted | AssetRestored):
        return [fact.recipe for fact in await log.facts(event.asset_id, VersionRetired)]
    return [event.recipe] if event.recipe and await is_retired(log, event.asset_id, event.recipe) else []


async def _kept(event: Cause, store: Store, log: FactLog) -> AssetPurged | None:
    while True:
        deletion = await deletion_of(log, event.asset_id)
        if deletion is None and not isinstance(event, AssetDeleted | AssetRestored):
            return None
        fact = await _settled(event, deletion, store, log)
        # Who deleted or restored it meanwhile is served by somebody who may have been faster than we were.
        if await deletion_of(log, event.asset_id) == deletion:
            return fact


async def _settled(
    event: Fact, deletion: AssetDeleted | AssetPurged | None, store: Store, log: FactLog
) -> AssetPurged | None:
    if deletion is None:
        await bring_back(store, event.asset_id)
    elif isinstance(deletion, AssetPurged):
        # What late work left; under the original's key the same file may lie again, on its way to another life.
        await sweep(store, event.asset_id, None)
    elif deletion.purge_at <= datetime.now(UTC):
        return await purge(event.asset_id, deletion.tenant, store, log)
    else:
        await withdraw(store, event.asset_id)
    return None


async def purge(asset_id: str, tenant: str, store: Store, log: FactLog) -> AssetPurged:
    """Leave nothing of an asset in the bucket, and return the fact that says so."""
    life = await log.facts(asset_id, AssetAwaited, AssetIngested, AssetRetried)
    objects = await sweep(store, asset_id, original_key(life))
    return purged(asset_id, tenant, objects, life)
