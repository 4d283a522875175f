"""``copy.refused`` → ``asset.planned`` and its tasks, without what could not be copied."""

from typing import Annotated

from faststream import Context

from contracts.base import Message
from contracts.v1 import AssetProbed, CopyRefused
from services.plan.decide import plan_asset, tasks_of
from services.plan.ladder import Ladder
from services.plan.sets import Offer
from services.runtime.errors import Transient
from services.runtime.inject import LogDep


async def plan_again(
    event: CopyRefused,
    ladder: Annotated[Ladder, Context("ladder")],
    offer: Annotated[Offer, Context("offer")],
    engine: Annotated[str, Context("engine")],
    log: LogDep,
) -> list[Message]:
    """Decide once more what will be made of an original; the plan's recipe is another, so nothing is mixed up."""
    probed = await log.facts(event.asset_id, AssetProbed)
    if not probed:
        raise Transient("probe_missing", "The asset's probe is not in the log; replay its asset.ingested fact.")
    plan = plan_asset(probed[-1], ladder, engine, offer, await log.facts(event.asset_id, CopyRefused))
    return [plan, *tasks_of(probed[-1], plan)]
