"""Consumes ``chunk.encoded``, produces ``asset.playable`` and ``asset.packaged``: a fold over the log."""

import asyncio

from contracts.v1 import AssetPackaged, AssetPlanned, AssetPlayable, ChunkEncoded, Fact
from services.package.decide import Document, decide, document_keys
from services.runtime.errors import Transient
from services.runtime.inject import LogDep, StoreDep
from services.runtime.log import FactLog
from services.runtime.store import CHECKED, Store, StoredObject, etag_of


async def package_asset(event: ChunkEncoded, store: StoreDep, log: LogDep) -> list[Fact]:
    """Write the playlists that follow from everything known of an asset, and state what they make true."""
    plan = await _plan(event, log)
    # What lies there is looked at before the log is read: whoever writes in between has seen as much or more of the
    # log, and then our conditional write fails and we look again.
    keys = document_keys(plan)
    before = dict(zip(keys, await asyncio.gather(*(store.head(key) for key in keys)), strict=True))
    facts = await log.facts(event.asset_id, ChunkEncoded, AssetPlayable, AssetPackaged)
    decision = decide(plan, [fact for fact in facts if fact.recipe == event.recipe])
    for document in decision.documents:
        await _write(store, document, before[document.key])
    return decision.facts


async def _plan(event: ChunkEncoded, log: FactLog) -> AssetPlanned:
    for plan in await log.facts(event.asset_id, AssetPlanned):
        if plan.recipe == event.recipe:
            return plan
    raise Transient("plan_missing", "The asset's plan is not in the log; replay the original's asset.probed fact.")


async def _write(store: Store, document: Document, before: StoredObject | None) -> None:
    """Write a document in place of what lay there before; a smaller playlist never replaces a larger one.

    Raises: Stale: somebody else wrote it since.
    """
    if before is None or before.etag != etag_of(document.body):
        await store.put(
            document.key,
            document.body,
            content_type=document.content_type,
            cache_control=CHECKED,
            if_match=before.etag if before else None,
            if_absent=before is None,
        )
