"""Consumes ``asset.packaged``, ``thumbnail.made``, ``asset.restored``: the last look at every output.

It produces ``asset.ready``, or once in each attempt ``output.refused``; ``copy.refused`` for what does not even play in
the original.
"""

from contracts.v1 import (
    AssetPackaged,
    AssetPlanned,
    AssetReady,
    AssetRestored,
    ChunkEncoded,
    CopyRefused,
    OutputRefused,
    ThumbnailMade,
    VersionRetired,
)
from services.finalize.decide import all_made, verdict
from services.finalize.look import findings_in
from services.runtime.errors import Transient
from services.runtime.inject import LogDep, MediaDep, StoreDep
from services.runtime.life import deletion_of, is_retired
from services.runtime.log import FactLog


async def finalize_asset(
    event: AssetPackaged | ThumbnailMade | AssetRestored, store: StoreDep, media: MediaDep, log: LogDep
) -> AssetReady | OutputRefused | CopyRefused | None:
    """State that an asset is ready once everything was made, and lies in the store as stated, and plays.

    Raises: Permanent: with the code of what is wrong with an output that was made twice.
        Transient: ``output_missing``: what was deleted comes back bit by bit.
    """
    recipe = await _recipe(event, log)
    if recipe is None or await deletion_of(log, event.asset_id) is not None:
        return None
    kinds = (AssetPlanned, ChunkEncoded, AssetPackaged, ThumbnailMade, OutputRefused, AssetReady, VersionRetired)
    facts = await log.facts(event.asset_id, *kinds)
    made = all_made(facts, recipe)
    if made is None:
        return None
    findings = await findings_in(made, store, media)
    if findings and isinstance(event, AssetRestored):
        raise Transient("output_missing", f"{findings[0].message} It may still be on its way back; retry the asset.")
    if findings and (await deletion_of(log, event.asset_id) or await is_retired(log, event.asset_id, recipe)):
        # It was taken away while we looked.
        return None
    return verdict(made, findings)


async def _recipe(event: AssetPackaged | ThumbnailMade | AssetRestored, log: FactLog) -> str | None:
    """Return what to look at: for an asset that was deleted before it was ready, what was packaged last."""
    if not isinstance(event, AssetRestored):
        return event.recipe
    last = (await log.facts(event.asset_id, AssetPackaged, AssetReady))[-1:]
    return last[0].recipe if last and isinstance(last[0], AssetPackaged) else None
