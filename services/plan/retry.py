"""``asset.retried`` from encoding on → ``asset.planned`` and its tasks; for pictures or words → what asks for those."""

from msgspec.structs import replace

from contracts.base import Message
from contracts.v1 import (
    AssetPlanned,
    AssetProbed,
    AssetRetried,
    CopyRefused,
)
from services.plan.decide import plan_asset
from services.plan.inject import EngineDep, LadderDep, OfferDep
from services.plan.speech import asked_of, texts_in
from services.plan.tasks import tasks_of, thumbnails_again
from services.runtime.inject import LogDep


async def plan_retry(
    event: AssetRetried,
    ladder: LadderDep,
    offer: OfferDep,
    engine: EngineDep,
    log: LogDep,
) -> list[Message]:
    """Hand out again what somebody asked for; a retry takes the ladder as it is and measures nothing first."""
    probes = await log.facts(event.asset_id, AssetProbed)
    if not probes:
        return []
    probed = replace(probes[-1], attempt=event.attempt, profile=event.profile or probes[-1].profile)
    if event.step == "encode":
        # What could not be copied in an earlier attempt cannot be in this one.
        plan = plan_asset(probed, ladder, engine, offer, await log.facts(event.asset_id, CopyRefused))
        return [plan, *tasks_of(probed, plan)]
    if event.step == "thumbnail":
        plans = await log.facts(event.asset_id, AssetPlanned)
        meant = [plan for plan in plans if plan.recipe == event.recipe] if event.recipe else plans
        return [thumbnails_again(probed, plan) for plan in meant[-1:]]
    if event.step == "transcribe":
        return [*asked_of(probed, await texts_in(log, event.asset_id))]
    return []
