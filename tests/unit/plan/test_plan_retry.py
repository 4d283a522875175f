"""What ``plan`` hands out when work is asked for again."""

from importlib.resources import files
from typing import cast

import msgspec
from msgspec.structs import replace

from contracts.base import Message
from contracts.v1 import (
    AssetPlanned,
    AssetPurged,
    AssetRetried,
    CaptionsAsked,
    CaptionsRefused,
    CopyRefused,
    EncodeVideo,
    MakeThumbnails,
)
from services.plan.again import plan_again
from services.plan.handler import plan_original
from services.plan.ladder import Ladder
from services.plan.retry import plan_retry
from services.plan.sets import Offer
from services.runtime.log import FactLog
from tests import stories
from tests.memory_log import MemoryLog

LADDER = msgspec.json.decode((files("infra.ladders") / "h264.json").read_bytes(), type=Ladder)
NOTHING_ELSE = Offer(sdr=[], hdr=[])
PROBED = stories.probed("a")


async def handed_out(step: str, attempt: int, *known: Message, recipe: str = "", profile: str = "") -> list[Message]:
    retried = AssetRetried(asset_id="a", edit="e", step=step, attempt=attempt, recipe=recipe, profile=profile)
    log = cast("FactLog", MemoryLog(PROBED, *known))  # type: ignore[arg-type]  # facts all
    return await plan_retry(retried, LADDER, NOTHING_ELSE, "engine", log)


async def test_encoding_again_has_a_recipe_of_its_own_for_each_attempt() -> None:
    first = await plan_original(
        PROBED, cast("FactLog", MemoryLog()), LADDER, NOTHING_ELSE, "engine", 1e9, transcribe=False
    )
    second, third = [await handed_out("encode", attempt) for attempt in (1, 2)]
    plans = [found for work in (first, second, third) for found in work if isinstance(found, AssetPlanned)]
    assert len({plan.recipe for plan in plans}) == 3
    assert [plan.attempt for plan in plans] == [0, 1, 2]
    assert len(first) == len(second) == len(third)
    assert {work.recipe for work in second if isinstance(work, EncodeVideo)} == {plans[1].recipe}


async def test_pictures_again_are_made_under_the_plan_that_stands() -> None:
    plan = stories.planned("a")
    (task,) = await handed_out("thumbnail", 3, plan)
    assert isinstance(task, MakeThumbnails)
    assert (task.recipe, task.attempt, task.original) == (plan.recipe, 3, PROBED.original)


async def test_pictures_again_are_made_under_the_recipe_that_was_meant() -> None:
    plan = stories.planned("a")
    (task,) = await handed_out("thumbnail", 3, plan, replace(plan, recipe="failed"), recipe=plan.recipe)
    assert isinstance(task, MakeThumbnails)
    assert task.recipe == plan.recipe


async def test_what_is_said_is_written_down_again_as_the_next_version() -> None:
    refused = CaptionsRefused(asset_id="a", track="speech-1", version=1, code="no_model", message="None.")
    other = CaptionsRefused(asset_id="a", track="speech-de", version=7, code="no_model", message="None.")
    (asked,) = await handed_out("transcribe", 3, refused, other, profile="best")
    assert isinstance(asked, CaptionsAsked)
    assert (asked.track, asked.version, asked.profile) == ("speech-1", 2, "best")
    assert asked.stream_index == PROBED.probe.audio[0].index


async def test_a_retry_with_another_profile_keeps_the_language_that_was_told() -> None:
    told = replace(PROBED, language="de")
    (asked,) = await handed_out("transcribe", 3, told, profile="best")
    assert isinstance(asked, CaptionsAsked)
    assert (asked.profile, asked.language) == ("best", "de")


async def test_what_is_asked_for_already_is_not_asked_for_again_unless_it_went_with_its_asset() -> None:
    (asked,) = await handed_out("transcribe", 1)
    assert isinstance(asked, CaptionsAsked)
    assert await handed_out("transcribe", 2, asked) == []
    purged = AssetPurged(asset_id="a", objects=1, attempt=1)
    assert await handed_out("transcribe", 2, asked, purged) == [replace(asked, version=2)]


async def test_other_steps_are_others_business() -> None:
    assert await handed_out("probe", 1) == []
    assert await handed_out("package", 1, stories.planned("a")) == []


async def test_a_retried_plan_whose_copy_is_refused_stays_in_its_attempt() -> None:
    (plan, *_) = await handed_out("encode", 2)
    assert isinstance(plan, AssetPlanned)
    refused = CopyRefused(asset_id="a", recipe=plan.recipe, part="copy", code="open_gop", message="")
    log = cast("FactLog", MemoryLog(PROBED, plan, refused))
    (again, *_) = await plan_again(refused, LADDER, NOTHING_ELSE, "engine", log)
    assert isinstance(again, AssetPlanned)
    assert again.attempt == 2


async def test_another_profile_is_another_preset_and_stays_so_when_a_copy_is_refused() -> None:
    (plan, *_) = await handed_out("encode", 1, profile="best")
    assert isinstance(plan, AssetPlanned)
    assert (plan.engine, plan.profile, plan.preset) == ("engine", "best", LADDER.presets["best"])
    assert plan.preset != LADDER.presets[PROBED.profile]
    refused = CopyRefused(asset_id="a", recipe=plan.recipe, part="copy", code="open_gop", message="")
    log = cast("FactLog", MemoryLog(PROBED, plan, refused))
    (again, *_) = await plan_again(refused, LADDER, NOTHING_ELSE, "engine", log)
    assert isinstance(again, AssetPlanned)
    assert (again.profile, again.preset) == ("best", plan.preset)
