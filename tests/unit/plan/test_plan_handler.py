"""What ``plan`` says when, also when facts come again, late or not at all."""

from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from msgspec.structs import replace

from contracts.base import Message
from contracts.v1 import AssetPlanned, CaptionsAsked, ComplexityMeasured, Fact, Forecast, MeasureComplexity
from services.plan.handler import end_waiting, plan_original, refine_plan
from services.plan.ladder import Ladder, Step
from services.plan.sets import Offer
from services.plan.speech import asked_of, hand_out_speech
from services.runtime.errors import Early, Transient
from services.runtime.log import FactLog
from tests.unit.plan.samples import audio, probed, video

LADDER = Ladder("h264", [Step(72, 200_000), Step(36, 100_000)])
EVENT = probed(video(duration_s=130), sounds=[audio()])


class MemoryLog:
    """The log as a list; of each subject the last fact counts."""

    def __init__(self, *held: Fact) -> None:
        self.held = {fact.subject: fact for fact in held}

    def take(self, said: list[Message]) -> None:
        self.held |= {fact.subject: fact for fact in said if isinstance(fact, Fact)}

    async def facts(self, asset_id: str, *kinds: type[Fact]) -> list[Fact]:
        return [fact for fact in self.held.values() if isinstance(fact, kinds)]

    async def known(self, kind: type[Fact], asset_id: str) -> bool:
        return bool(await self.facts(asset_id, kind))

    async def stated(self, subject_filter: str) -> set[str]:
        return {subject_filter} & self.held.keys()


async def plan(log: MemoryLog, measure_from_s: float = 120.0) -> list[Message]:
    return await plan_original(EVENT, cast("FactLog", log), LADDER, Offer(), "1", measure_from_s, transcribe=True)


async def refine(event: ComplexityMeasured, log: MemoryLog) -> list[Message]:
    return await refine_plan(event, cast("FactLog", log))


async def wait(event: AssetPlanned, log: MemoryLog, age_s: float) -> ComplexityMeasured | None:
    planned_at = datetime.now(UTC) - timedelta(seconds=age_s)
    return await end_waiting(event, cast("FactLog", log), planned_at, 20.0)


def plan_in(said: list[Message]) -> AssetPlanned:
    (planned,) = [message for message in said if isinstance(message, AssetPlanned)]
    return planned


def ids(said: list[Message]) -> set[str]:
    return {message.message_id for message in said if not isinstance(message, AssetPlanned | MeasureComplexity)}


def starved(planned: AssetPlanned) -> ComplexityMeasured:
    forecast = Forecast(rung="72p", wanted_bps=9_000_000, bitrate_bps=200_000)
    return ComplexityMeasured(asset_id="a", recipe=planned.recipe, forecasts=[forecast])


async def test_a_short_original_is_planned_once_with_all_its_tasks() -> None:
    said = await plan(MemoryLog(), measure_from_s=131.0)

    assert plan_in(said).stage == "final"
    assert not [message for message in said if isinstance(message, MeasureComplexity)]


async def test_what_is_said_in_an_original_is_written_down_once_where_that_is_wanted() -> None:
    early = await plan(MemoryLog())
    (asked,) = [message for message in early if isinstance(message, CaptionsAsked)]
    deaf = await plan_original(EVENT, cast("FactLog", MemoryLog()), LADDER, Offer(), "1", 120.0, transcribe=False)
    mute = replace(EVENT, probe=replace(EVENT.probe, audio=[]))
    silent = await plan_original(mute, cast("FactLog", MemoryLog()), LADDER, Offer(), "1", 120.0, transcribe=True)

    assert early[-1] is asked
    assert (asked.track, asked.version, asked.stream_index) == ("speech-1", 1, audio().index)
    assert not [message for message in (*deaf, *silent) if isinstance(message, CaptionsAsked)]


async def test_who_asks_for_a_transcript_gets_the_task_that_writes_it() -> None:
    log = MemoryLog(EVENT)
    log.take(said := await plan(log))
    asked = CaptionsAsked(
        asset_id="a",
        track="speech-1",
        version=3,
        stream_index=audio().index,
        language="de",
        translate=True,
        hotwords="Wehr, Fallhöhe",
    )
    (task,) = await hand_out_speech(asked, cast("FactLog", log))

    assert (task.track, task.version, task.source, task.timeline_start_s) == ("speech-1", 3, audio(), 1.5)
    assert (task.language, task.translate, task.hotwords) == ("de", True, "Wehr, Fallhöhe")
    assert task.duration_s == plan_in(said).grid.duration_s
    assert await hand_out_speech(replace(asked, stream_index=99), cast("FactLog", log)) == []


async def test_of_several_streams_the_one_that_plays_by_default_is_written_down() -> None:
    streams = [audio(), replace(audio(), index=2, default=True, language="deu"), replace(audio(), index=3)]
    told = replace(EVENT, probe=replace(EVENT.probe, audio=streams))
    (asked,) = asked_of(told)
    assert (asked.track, asked.stream_index, asked.language) == ("speech-2", 2, "")


async def test_the_first_transcript_is_asked_for_in_the_language_that_an_uploader_told() -> None:
    (asked,) = asked_of(replace(EVENT, language="pt-br"))
    assert asked.language == "pt-br"


async def test_a_long_original_is_planned_at_once_and_again_when_it_is_measured() -> None:
    log = MemoryLog(EVENT)
    whole = await plan(log, measure_from_s=131.0)

    early = await plan(log)
    log.take(early)
    later = await refine(starved(plan_in(early)), log)

    assert (plan_in(early).stage, plan_in(later).stage) == ("candidates", "refined")
    assert [rung.name for rung in plan_in(later).rungs] == ["36p-200k", "36p"]
    assert ids(early) | ids(later) == ids(whole)
    assert not ids(early) & ids(later)


async def test_measuring_said_twice_changes_no_plan() -> None:
    log = MemoryLog(EVENT)
    log.take(await plan(log))
    (first,) = await log.facts("a", AssetPlanned)
    assert isinstance(first, AssetPlanned)
    overdue = await refine(ComplexityMeasured(asset_id="a", recipe=first.recipe, reason="overdue"), log)
    log.take(overdue)

    assert await refine(starved(first), log) == overdue


async def test_what_was_planned_anew_meanwhile_is_not_taken_back() -> None:
    log = MemoryLog(EVENT)
    early = await plan(log)
    log.take(early)
    log.take([replace(plan_in(early), recipe="other", stage="final")])

    assert await refine(starved(plan_in(early)), log) == []


async def test_an_original_that_is_probed_again_keeps_the_plan_that_its_work_follows() -> None:
    log = MemoryLog(EVENT)
    early = await plan(log)
    log.take(early)
    refined = await refine(starved(plan_in(early)), log)
    log.take(refined)

    again = await plan(log)

    assert plan_in(again) == plan_in(refined)
    assert ids(again) == ids(early) | ids(refined)


@pytest.mark.parametrize("held", [[], [EVENT]])
async def test_without_the_plan_in_the_log_refining_waits_for_it(held: list[Fact]) -> None:
    with pytest.raises(Transient) as caught:
        await refine(ComplexityMeasured(asset_id="a", recipe="r"), MemoryLog(*held))
    assert caught.value.code == "plan_missing"


async def test_a_measurement_is_waited_for_only_so_long() -> None:
    log = MemoryLog(EVENT)
    candidates = plan_in(await plan(log))

    with pytest.raises(Early) as early:
        await wait(candidates, log, age_s=5.0)
    late: Any = await wait(candidates, log, age_s=20.1)

    assert early.value.delay_s(7) == pytest.approx(15.0, abs=2.0)
    assert (late.recipe, late.reason, late.forecasts) == (candidates.recipe, "overdue", [])


async def test_nobody_waits_for_what_has_come_or_was_never_asked_for() -> None:
    candidates = plan_in(await plan(MemoryLog()))

    assert await wait(candidates, MemoryLog(starved(candidates)), age_s=30.0) is None
    for stage in ("final", "refined"):
        assert await wait(replace(candidates, stage=stage), MemoryLog(), age_s=30.0) is None
