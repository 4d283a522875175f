"""What is expected of a plan is what ``plan`` hands out and the workers state."""

import pytest
from msgspec.structs import replace

from contracts.v1 import (
    AssetPlanned,
    AssetProbed,
    CopyVideo,
    EncodeAudio,
    EncodeVideo,
    FetchInput,
    MakeThumbnails,
    MeasureComplexity,
    Rational,
    RemuxRung,
    Task,
)
from services.ladder_encode.decide import share_subjects, video_subject
from services.plan import lost as plan_lost
from services.plan.app import PlanSettings, _ladder, offer_of
from services.plan.decide import plan_asset
from services.plan.tasks import tasks_of
from services.reconcile import expected
from services.runtime import queues
from tests.unit.plan import test_plan_copied
from tests.unit.plan.samples import audio, probed, video

LARGE = video(width=1920, height=1080, frame_rate=Rational(50, 1), duration_s=200)
SETS = PlanSettings(codec_sets=("h264", "hevc", "av1"), halve_low_rates=True)
COPIED = test_plan_copied.probed(test_plan_copied.indexed(*[100] * 8))
ORIGINALS = {
    "one small rung": probed(video(), sounds=[]),
    "a ladder with sound": probed(LARGE, sounds=[audio(duration_s=200)]),
    "copied pictures": COPIED,
}


def planned(event: AssetProbed, settings: PlanSettings) -> AssetPlanned:
    return plan_asset(event, _ladder(), "1", offer_of(settings))


def stated_by(task: Task) -> set[str]:
    match task:
        case EncodeVideo():
            return {video_subject(task)}
        case EncodeAudio() | CopyVideo():
            return share_subjects(task)
        case _:
            return {f"media.v1.thumbnail.made.{task.asset_id}.{task.recipe}"}


@pytest.mark.parametrize("settings", [PlanSettings(), SETS], ids=["the ladder alone", "with sets"])
@pytest.mark.parametrize("event", ORIGINALS.values(), ids=ORIGINALS)
@pytest.mark.parametrize("stage", ["final", "candidates"])
def test_every_task_of_a_plan_and_every_part_of_it_is_expected(
    event: AssetProbed, settings: PlanSettings, stage: str
) -> None:
    plan = replace(planned(event, settings), stage=stage)
    handed_out = [task for task in tasks_of(event, plan) if not isinstance(task, MeasureComplexity)]

    found = expected.tasks_of(plan)

    assert found.keys() == queues.named(task.subject for task in handed_out)
    for task in handed_out:
        name = queues.name_of(task.subject)
        parts = {subject.rpartition(".")[2] for subject in stated_by(task)}
        assert found[name] == ({expected.PICTURES} if isinstance(task, MakeThumbnails) else parts)
        assert set(plan_lost.answers(task)) == stated_by(task)


def test_a_refined_plan_has_the_tasks_of_one_that_never_was_measured() -> None:
    plan = planned(ORIGINALS["a ladder with sound"], PlanSettings())

    assert expected.tasks_of(replace(plan, stage="refined")) == expected.tasks_of(plan)


def test_fetches_and_downloads_have_names_of_their_own() -> None:
    original = ORIGINALS["one small rung"].original
    fetch = FetchInput(asset_id="a", url="u", key="k")
    remux = RemuxRung(
        asset_id="a", recipe="r", original=original, request="q", rung="1", video="v", video_segments=1, duration_s=1.0
    )

    assert queues.named([fetch.subject, remux.subject]) == {expected.fetching("a"), "remux.a.r.1"}


def test_lost_is_what_is_neither_stated_nor_queued() -> None:
    event = ORIGINALS["a ladder with sound"]
    copied, head, *_ = handed_out = tasks_of(event, planned(event, PlanSettings()))
    waits = handed_out[-1]
    half = plan_lost.answers(next(task for task in handed_out if isinstance(task, EncodeAudio)))[:1]

    found = plan_lost.lost(
        handed_out, {*plan_lost.answers(copied), *plan_lost.answers(head), *half}, {queues.name_of(waits.subject)}
    )

    assert found == [task for task in handed_out if task not in (copied, head, waits)]
