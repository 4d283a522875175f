"""Consumes ``chunk.encoded``, what was refused, text tracks, and what people wish.

It produces ``asset.playable`` and ``asset.packaged``.

A fold over the log. What is deleted has no playlists: they are written again, from the log, when it is restored. What
is retired never has any again.
"""

import asyncio

from contracts.v1 import (
    AssetPackaged,
    AssetPlanned,
    AssetPlayable,
    AssetPurged,
    AssetRestored,
    AssetRetried,
    CaptionsMade,
    CaptionsRemoved,
    ChunkEncoded,
    Fact,
    OutputRefused,
    VersionRetired,
)
from services.package.decide import Decision, Document, decide, document_keys, offered
from services.package.text_store import write_texts
from services.runtime.errors import Stale, Transient
from services.runtime.inject import LogDep, StoreDep
from services.runtime.life import deletion_of, is_retired
from services.runtime.log import FactLog
from services.runtime.store import CHECKED, Store, StoredObject, etag_of

KINDS = (
    AssetPlanned,
    ChunkEncoded,
    AssetPlayable,
    AssetPackaged,
    OutputRefused,
    VersionRetired,
    CaptionsMade,
    CaptionsRemoved,
    AssetPurged,
)
Cause = ChunkEncoded | OutputRefused | AssetRestored | AssetRetried | CaptionsMade | CaptionsRemoved


async def package_asset(event: Cause, store: StoreDep, log: LogDep) -> list[Fact]:
    """Write the playlists that follow from everything known of an asset, and state what they make true.

    Raises: Stale: others wrote meanwhile, or planned. Transient: ``plan_missing``. Permanent: ``chunks_do_not_join``.
        Early: text comes back bit by bit.
    """
    stated: list[Fact] = []
    for plan in await _plans(event, log):
        attempt = event.attempt if isinstance(event, AssetRetried) else 0
        stated += await _package(plan, store, log, attempt=attempt, anew=isinstance(event, OutputRefused))
    return stated


async def _plans(event: Cause, log: FactLog) -> list[AssetPlanned]:
    if await deletion_of(log, event.asset_id) is not None:
        return []
    plans = await log.facts(event.asset_id, AssetPlanned)
    if isinstance(event, AssetRestored | CaptionsMade | CaptionsRemoved):
        return plans
    if isinstance(event, AssetRetried):
        meant = [plan for plan in plans if plan.recipe == event.recipe] if event.recipe else plans
        return meant[-1:] if event.step == "package" else []
    for plan in plans:
        if plan.recipe == event.recipe:
            return [plan]
    raise Transient("plan_missing", "The asset's plan is not in the log; replay the original's asset.probed fact.")


async def _package(plan: AssetPlanned, store: Store, log: FactLog, *, attempt: int, anew: bool) -> list[Fact]:
    # What lies there is looked at before the log is read: whoever writes in between has seen as much or more of the
    # log, and then our conditional write fails and we look again.
    keys = document_keys(plan)
    before = dict(zip(keys, await asyncio.gather(*(store.head(key) for key in keys)), strict=True))
    facts = await log.facts(plan.asset_id, *KINDS)
    own = [fact for fact in facts if getattr(fact, "recipe", plan.recipe) == plan.recipe]
    if any(isinstance(fact, VersionRetired) for fact in own):
        return []
    if plan not in own:
        raise Stale("plan_refined", "The asset's plan was refined meanwhile; its playlists follow from the new one.")
    cut, lost = await write_texts(plan, offered(own), store)
    decision = decide(plan, own, attempt=attempt, lost=lost)
    return await _written(plan, decision, before, store, log, anew=anew, cut=cut)


async def _written(
    plan: AssetPlanned,
    decision: Decision,
    before: dict[str, StoredObject | None],
    store: Store,
    log: FactLog,
    *,
    anew: bool,
    cut: list[str],
) -> list[Fact]:
    for document in decision.documents:
        await _write(store, document, before[document.key], anew=anew)
    deletion, retired = await asyncio.gather(
        deletion_of(log, plan.asset_id), is_retired(log, plan.asset_id, plan.recipe)
    )
    if deletion is not None or retired:
        # It was deleted while we wrote, perhaps after its playlists were taken away: ours must not stay.
        await store.delete([*(document.key for document in decision.documents), *cut])
        return []
    return decision.facts


async def _write(store: Store, document: Document, before: StoredObject | None, *, anew: bool) -> None:
    """Write a document in place of what lay there before; a smaller playlist never replaces a larger one.

    ``anew``: also one that seems to lie there already, for it was refused.

    Raises: Stale: somebody else wrote it since.
    """
    if anew or before is None or before.etag != etag_of(document.body):
        await store.put(
            document.key,
            document.body,
            content_type=document.content_type,
            cache_control=CHECKED,
            if_match=before.etag if before else None,
            if_absent=before is None,
        )
