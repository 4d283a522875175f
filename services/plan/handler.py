"""``asset.probed``, or ``asset.retried`` from encoding on or for pictures → ``asset.planned``, then the tasks."""

from typing import Annotated

from faststream import Context
from msgspec.structs import replace

from contracts.base import Message
from contracts.v1 import AssetPlanned, AssetProbed, AssetRetried
from services.plan.decide import plan_asset, tasks_of, thumbnails_again
from services.plan.ladder import Ladder
from services.runtime.inject import LogDep


async def plan_original(
    event: AssetProbed | AssetRetried,
    log: LogDep,
    ladder: Annotated[Ladder, Context("ladder")],
    engine: Annotated[str, Context("engine")],
) -> list[Message]:
    """Decide what will be made of an original, and hand out the work."""
    if isinstance(event, AssetProbed):
        return _handed_out(event, ladder, engine)
    probes = await log.facts(event.asset_id, AssetProbed)
    if not probes:
        return []
    probed = replace(probes[-1], attempt=event.attempt)
    if event.step == "encode":
        return _handed_out(probed, ladder, engine)
    if event.step == "thumbnail":
        plans = await log.facts(event.asset_id, AssetPlanned)
        return [thumbnails_again(probed, plan) for plan in plans[-1:]]
    return []


def _handed_out(event: AssetProbed, ladder: Ladder, engine: str) -> list[Message]:
    plan = plan_asset(event, ladder, engine)
    return [plan, *tasks_of(event, plan)]
