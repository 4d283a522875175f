"""``output.refused`` → the tasks that make it once more, under the plan that stands."""

from msgspec.structs import replace

from contracts.base import Message
from contracts.v1 import (
    AssetPlanned,
    AssetProbed,
    CopyVideo,
    EncodeAudio,
    EncodeVideo,
    MakeThumbnails,
    OutputRefused,
    Task,
)
from services.plan.tasks import tasks_of
from services.runtime.errors import Transient
from services.runtime.inject import LogDep


async def plan_remake(event: OutputRefused, log: LogDep) -> list[Message]:
    """Hand out again what was refused of an asset's outputs, and no more."""
    plans = [plan for plan in await log.facts(event.asset_id, AssetPlanned) if plan.recipe == event.recipe]
    probes = await log.facts(event.asset_id, AssetProbed)
    if not plans or not probes:
        raise Transient("plan_missing", "The asset's plan is not in the log; replay the original's asset.probed fact.")
    every = tasks_of(probes[-1], replace(plans[-1], stage="final"))
    return [replace(task, remake=event.remake) for task in every if _is_refused(task, event)]


def _is_refused(task: Task, event: OutputRefused) -> bool:
    match task:
        case EncodeVideo():
            return task.part in event.shares
        case EncodeAudio() | CopyVideo():
            # Such a task states its shares one by one.
            return any(part.rpartition("-")[0] == task.part for part in event.shares)
        case _:
            return event.pictures and isinstance(task, MakeThumbnails)
