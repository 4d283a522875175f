"""``asset.probed`` → ``asset.planned``, then the tasks."""

from typing import Annotated

from faststream import Context

from contracts.base import Message
from contracts.v1 import AssetProbed
from services.plan.decide import plan_asset, tasks_of
from services.plan.ladder import Ladder
from services.plan.sets import Offer


async def plan_original(
    event: AssetProbed,
    ladder: Annotated[Ladder, Context("ladder")],
    offer: Annotated[Offer, Context("offer")],
    engine: Annotated[str, Context("engine")],
) -> list[Message]:
    """Decide what will be made of an original, and hand out the work."""
    plan = plan_asset(event, ladder, engine, offer)
    return [plan, *tasks_of(event, plan)]
