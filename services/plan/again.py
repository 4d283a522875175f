"""``copy.refused`` → ``asset.planned`` and its tasks, without what could not be copied."""

from msgspec.structs import replace

from contracts.base import Message
from contracts.v1 import AssetPlanned, AssetProbed, CopyRefused
from services.plan.decide import plan_asset
from services.plan.inject import EngineDep, LadderDep, OfferDep
from services.plan.tasks import tasks_of
from services.runtime.errors import Transient
from services.runtime.inject import LogDep
from services.runtime.log import FactLog


async def plan_again(
    event: CopyRefused,
    ladder: LadderDep,
    offer: OfferDep,
    engine: EngineDep,
    log: LogDep,
) -> list[Message]:
    """Decide once more what will be made of an original; the plan's recipe is another, so nothing is mixed up."""
    probed = await log.facts(event.asset_id, AssetProbed)
    if not probed:
        raise Transient("probe_missing", "The asset's probe is not in the log; replay its asset.ingested fact.")
    original = await _as_planned(event, log, probed[-1])
    plan = plan_asset(original, ladder, engine, offer, await log.facts(event.asset_id, CopyRefused))
    return [plan, *tasks_of(original, plan)]


async def _as_planned(event: CopyRefused, log: FactLog, probed: AssetProbed) -> AssetProbed:
    """Return the probe as the refused plan took it: a retry may have begun after it, with another profile."""
    plans = await log.facts(event.asset_id, AssetPlanned)
    refused = next((plan for plan in plans if plan.recipe == event.recipe), None)
    if refused is None:
        return probed
    return replace(probed, attempt=refused.attempt, profile=refused.profile or probed.profile)
