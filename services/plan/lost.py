"""``asset.planned``, told again because its work does not come → the tasks of it that were lost."""

from collections.abc import Collection, Iterable

from msgspec.structs import replace

from contracts.v1 import (
    AssetPlanned,
    AssetProbed,
    ChunkEncoded,
    CopyRefused,
    CopyVideo,
    EncodeAudio,
    EncodeVideo,
    MakeThumbnails,
    Task,
    ThumbnailMade,
)
from services.plan.tasks import tasks_of
from services.runtime.inject import JsDep, LogDep
from services.runtime.queues import name_of, queued


async def hand_out_lost(event: AssetPlanned, log: LogDep, js: JsDep) -> list[Task]:
    """Hand out the tasks of a plan that are neither done nor on their queue."""
    probes = await log.facts(event.asset_id, AssetProbed)
    plans = [plan for plan in await log.facts(event.asset_id, AssetPlanned) if plan.recipe == event.recipe]
    refusals = CopyRefused.subject_filter(event.asset_id).replace(">", f"{event.recipe}.>")
    if not probes or not plans or await log.stated(refusals):
        return []
    # What left its queue has stated its fact before.
    waiting = await queued(js)
    stated = await log.stated(ChunkEncoded.subject_filter(event.asset_id))
    stated |= await log.stated(ThumbnailMade.subject_filter(event.asset_id))
    return lost(_all_tasks(probes[-1], plans[-1]), stated, waiting)


def lost(tasks: Iterable[Task], stated: Collection[str], waiting: Collection[str]) -> list[Task]:
    """Return the tasks that did not lead to all of their facts, given by their subjects, and do not wait by name."""
    return [
        task
        for task in tasks
        if name_of(task.subject) not in waiting and any(answer not in stated for answer in answers(task))
    ]


def answers(task: Task) -> list[str]:
    """Return the subjects of the facts that a task leads to; none of what an asset can do without."""
    match task:
        case EncodeVideo():
            return [_share(task, task.part)]
        case EncodeAudio():
            return [_share(task, f"{task.part}-{chunk.index:05d}") for chunk in task.chunks]
        case CopyVideo():
            return [_share(task, f"{task.part}-{chunk.index:05d}") for chunk in task.copied.chunks]
        case MakeThumbnails():
            return [ThumbnailMade.subject_filter(task.asset_id).replace(">", task.recipe)]
        case _:
            return []


def _share(task: Task, part: str) -> str:
    made = ChunkEncoded(asset_id=task.asset_id, recipe=task.recipe, part=part, chunk=0, renditions=[])
    return made.subject


def _all_tasks(probed: AssetProbed, plan: AssetPlanned) -> list[Task]:
    """Return the tasks of a plan; of a refined one also those that it had before."""
    return tasks_of(probed, replace(plan, stage="final") if plan.stage == "refined" else plan)
