"""What ``plan`` hands out again when outputs were refused."""

from importlib.resources import files
from typing import cast

import msgspec
import pytest
from msgspec.structs import replace

from contracts.v1 import AssetPlanned, EncodeAudio, EncodeVideo, Fact, MakeThumbnails, OutputRefused, Task
from services.plan.handler import plan_original
from services.plan.ladder import Ladder
from services.plan.remake import plan_remake
from services.plan.sets import Offer
from services.runtime.errors import Transient
from services.runtime.log import FactLog
from tests import stories
from tests.memory_log import MemoryLog

LADDER = msgspec.json.decode((files("infra.ladders") / "h264.json").read_bytes(), type=Ladder)
PROBED = stories.probed("a")


async def first_work() -> tuple[AssetPlanned, list[Task]]:
    plan, *tasks = await plan_original(
        PROBED, cast("FactLog", MemoryLog()), LADDER, Offer(), "engine", 1e9, transcribe=False
    )
    assert isinstance(plan, AssetPlanned)
    return plan, cast("list[Task]", tasks)


async def handed_out(plan: AssetPlanned, *shares: str, pictures: bool = False, known: list[Fact]) -> list[Task]:
    refused = OutputRefused(
        asset_id="a", recipe=plan.recipe, flaws=[], shares=list(shares), pictures=pictures, remake=2
    )
    return cast("list[Task]", await plan_remake(refused, cast("FactLog", MemoryLog(*known))))


async def test_only_what_was_refused_is_made_again_and_as_it_was() -> None:
    plan, tasks = await first_work()
    (video,) = [task for task in tasks if isinstance(task, EncodeVideo) and task.part == "video-00001"]

    assert await handed_out(plan, "video-00001", known=[PROBED, plan]) == [replace(video, remake=2)]
    assert replace(video, remake=2).message_id == f"{video.message_id}:remake-2"


async def test_a_share_of_a_track_has_the_track_made_again() -> None:
    plan, tasks = await first_work()
    (sound,) = [task for task in tasks if isinstance(task, EncodeAudio)]

    assert await handed_out(plan, "audio-0-00000", "audio-0-00001", known=[PROBED, plan]) == [replace(sound, remake=2)]


async def test_pictures_are_made_again_when_they_were_refused() -> None:
    plan, _ = await first_work()
    (task,) = await handed_out(plan, pictures=True, known=[PROBED, plan])

    assert isinstance(task, MakeThumbnails)
    assert await handed_out(plan, known=[PROBED, plan]) == []


async def test_a_refined_plan_has_all_of_its_tasks_at_hand() -> None:
    plan, tasks = await first_work()
    parts = [task.part for task in tasks if isinstance(task, EncodeVideo)]

    again = await handed_out(plan, *parts, known=[PROBED, replace(plan, stage="refined")])
    assert [task.part for task in again if isinstance(task, EncodeVideo)] == parts


@pytest.mark.parametrize("known", [[], [PROBED]])
async def test_without_a_plan_it_is_tried_again(known: list[Fact]) -> None:
    plan, _ = await first_work()
    with pytest.raises(Transient, match="plan is not in the log"):
        await handed_out(plan, "video-00001", known=known)
