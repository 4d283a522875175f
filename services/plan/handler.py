"""``asset.probed`` → ``asset.planned``, then the tasks; a long original's plan is refined by ``complexity.measured``.

What makes an asset playable never waits for measuring, and the rest waits only so long.
"""

from datetime import UTC, datetime
from typing import Annotated

from faststream import Context
from msgspec.structs import replace

from contracts.base import Message
from contracts.v1 import (
    AssetPlanned,
    AssetProbed,
    ComplexityMeasured,
    CopyRefused,
)
from services.plan.decide import plan_asset
from services.plan.inject import EngineDep, LadderDep, OfferDep
from services.plan.refine import is_worth_measuring, overdue, refined
from services.plan.speech import asked_of, texts_in
from services.plan.tasks import tasks_of
from services.runtime.errors import Early, Transient
from services.runtime.inject import LogDep, StoredAtDep
from services.runtime.log import FactLog


async def plan_original(
    event: AssetProbed,
    log: LogDep,
    ladder: LadderDep,
    offer: OfferDep,
    engine: EngineDep,
    measure_from_s: Annotated[float, Context("measure_from_s")],
    *,
    transcribe: Annotated[bool, Context("transcribe")],
) -> list[Message]:
    """Decide what will be made of an original, and hand out the work that does not depend on how complex it is."""
    # What could not be copied in an earlier attempt cannot be in this one.
    refusals = await log.facts(event.asset_id, CopyRefused) if event.attempt else []
    plan = plan_asset(event, ladder, engine, offer, refusals)
    texts = await texts_in(log, event.asset_id) if event.attempt and transcribe else []
    speech = asked_of(event, texts) if transcribe else []
    if not is_worth_measuring(plan, measure_from_s):
        return [plan, *tasks_of(event, plan), *speech]
    known = await _plan_in(log, plan) if await log.known(AssetPlanned, event.asset_id) else None
    if known is not None and known.stage == "refined":
        # The event came again, long after its tasks; the plan that they follow must stay the last one.
        return [known, *tasks_of(event, replace(known, stage="final")), *speech]
    candidates = replace(plan, stage="candidates")
    return [candidates, *tasks_of(event, candidates), *speech]


async def refine_plan(event: ComplexityMeasured, log: LogDep) -> list[Message]:
    """Decide on the best rung now that it is known what it takes, and hand out the rest of the work."""
    plans = await log.facts(event.asset_id, AssetPlanned)
    probed = next(iter(await log.facts(event.asset_id, AssetProbed)), None)
    if not plans or probed is None:
        raise Transient("plan_missing", "The asset's plan is not in the log; replay the original's asset.probed fact.")
    plan = plans[-1]
    if plan.recipe != event.recipe:
        # What could not be copied was planned anew, and the plan that was measured is no longer followed.
        return []
    if plan.stage == "candidates":
        plan = refined(plan, probed.probe.video[0], event)
    return [plan, *tasks_of(probed, plan)]


async def end_waiting(
    event: AssetPlanned,
    log: LogDep,
    planned_at: StoredAtDep,
    measure_within_s: Annotated[float, Context("measure_within_s")],
) -> ComplexityMeasured | None:
    """State that a measurement is not waited for any longer, unless it came in time."""
    if event.stage != "candidates" or await log.stated(overdue(event).subject):
        return None
    left_s = measure_within_s - (datetime.now(UTC) - planned_at).total_seconds()
    if left_s > 0:
        raise Early(left_s)
    return overdue(event)


async def _plan_in(log: FactLog, like: AssetPlanned) -> AssetPlanned | None:
    """Return what the log holds as an asset's plan under the same recipe."""
    plans = await log.facts(like.asset_id, AssetPlanned)
    return next((plan for plan in plans if plan.recipe == like.recipe), None)
