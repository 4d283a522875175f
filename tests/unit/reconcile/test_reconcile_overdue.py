"""Every state of an asset has a deadline, and what is past it is acted on: asked again, then ended with a code."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import get_args

import pytest
from msgspec.structs import replace

from contracts.again import SEQUENCE, Asked, asked_by, subject_for
from contracts.v1 import (
    Alert,
    AnyFact,
    AssetAbandoned,
    AssetAwaited,
    AssetDeleted,
    AssetFailed,
    AssetPurged,
    AssetRestored,
    AssetRetried,
    CaptionsAsked,
    CaptionsMade,
    CaptionsRefused,
    CaptionsRemoved,
    ComplexityMeasured,
    CopyRefused,
    Fact,
    OutputRefused,
    PosterChosen,
    PosterMade,
    PosterRefused,
    QualityMeasured,
    VersionRemoved,
    VersionRetired,
)
from infra.nats.topology import MEDIA
from services.reconcile.act import ending
from services.reconcile.deadlines import DEADLINES, State
from services.reconcile.expected import fetching, probing, tasks_of
from services.reconcile.life import Life
from services.reconcile.overdue import Action, Ask, GiveUp, Seen, actions, lateness, waits
from tests import stories

A = "a"
R = stories.RECIPE
EVERYTHING_SETTLED = dict.fromkeys({row.durable for row in DEADLINES.values()}, 10_000)
NO_QUEUE = Seen(EVERYTHING_SETTLED)
LONG = timedelta(days=40)
LATER = stories.NOON + LONG

MEASURED = ComplexityMeasured(asset_id=A, recipe=R)
CANDIDATES = replace(stories.planned(A), stage="candidates")
REFINED = replace(stories.planned(A), stage="refined")
REFUSED = CopyRefused(asset_id=A, recipe=R, part="copy", code="c", message="m")
CHOSEN = PosterChosen(asset_id=A, recipe=R, edit="e", at_s=1.0)
MADE = PosterMade(asset_id=A, recipe=R, edit="e", poster_key="k", poster_width=1, poster_height=1)
LIFE: list[Fact] = [*stories.life_of(A)]
DELETED = AssetDeleted(asset_id=A, edit="d", purge_at=stories.NOON)
PURGED = AssetPurged(asset_id=A, objects=1, attempt=1)
RETIRED = VersionRetired(asset_id=A, recipe=R)
FLAWED = OutputRefused(asset_id=A, recipe=R, flaws=[], shares=[stories.PARTS[3]])
REMADE = replace(stories.encoded(A, stories.PARTS[3]), remake=1)
SPEECH = CaptionsAsked(asset_id=A, track="speech-1", version=2, stream_index=1)
# Somebody's edit came between.
WRITTEN = CaptionsMade(
    asset_id=A, track="speech-1", version=4, asked=2, language="en", source="speech", vtt_key="k", cues=1
)
QUALITY = QualityMeasured(asset_id=A, recipe=R)


def retried(step: str, attempt: int = 1) -> AssetRetried:
    return AssetRetried(asset_id=A, edit="t", step=step, attempt=attempt, recipe=R if step != "probe" else "")


def lived(*facts: Fact | Asked, since: datetime = stories.NOON) -> Life:
    life = Life(A)
    for sequence, fact in enumerate(facts, start=1):
        life.take(sequence, since + timedelta(seconds=sequence), fact)
    return life


def states(facts: Iterable[Fact]) -> set[State]:
    return {owed.state for owed in lived(*facts).owed.values()}


def decided(life: Life, now: datetime = LATER, seen: Seen = NO_QUEUE) -> list[tuple[type[Action], State]]:
    return [(type(action), action.owed.state) for action in actions(life, seen, now)]


def asked(life: Life, state: State, times: int) -> Life:
    """Return a life in which it was asked so often, always at noon."""
    (owed,) = [owed for owed in life.owed.values() if owed.state == state]
    for _ in range(times):
        told = Asked(DEADLINES[state].durable, A, owed.sequence)
        life.take(life.sequence + 1, stories.NOON, told)
    return life


BEGUN: dict[State, list[Fact]] = {
    "awaited": [stories.awaited(A)],
    "imported": [replace(stories.awaited(A), size_bytes=None)],
    "ingested": LIFE[:1],
    "probed": LIFE[:2],
    "measuring": [*LIFE[:2], CANDIDATES],
    "measured": [*LIFE[:2], CANDIDATES, MEASURED],
    "refused": [*LIFE[:3], REFUSED],
    "planned": LIFE[:3],
    "encoded": LIFE[:-2],
    "packaged": LIFE[:-1],
    "remaking": [*LIFE[:-1], FLAWED],
    "repackaging": [*LIFE[:-1], replace(FLAWED, shares=[])],
    "ready": LIFE,
    "retried_probe": [*LIFE, QUALITY, retried("probe")],
    "retried_encode": [*LIFE, QUALITY, retried("encode")],
    "retried_thumbnail": [*LIFE, QUALITY, retried("thumbnail")],
    "retried_package": [*LIFE, QUALITY, retried("package")],
    "poster_chosen": [*LIFE, QUALITY, CHOSEN],
    "captions_asked": [*LIFE, QUALITY, SPEECH],
    "retired": [*LIFE, QUALITY, RETIRED],
    "deleted": [*LIFE, QUALITY, DELETED],
}
ANSWERS: dict[State, list[Fact]] = {
    "awaited": [LIFE[0], AssetAbandoned(asset_id=A), stories.failed(A), PURGED],
    "imported": [LIFE[0], AssetAbandoned(asset_id=A), stories.failed(A), PURGED],
    "ingested": [LIFE[1], stories.failed(A), PURGED],
    "probed": [LIFE[2], CANDIDATES, stories.failed(A), PURGED],
    "measuring": [MEASURED, REFINED, REFUSED, replace(stories.failed(A), recipe=R), PURGED],
    "measured": [REFINED, REFUSED, replace(stories.failed(A), recipe=R), PURGED],
    "refused": [replace(LIFE[2], recipe="other"), replace(stories.failed(A), recipe=R), PURGED],
    "planned": [REFUSED, replace(stories.failed(A), recipe=R), PURGED],
    "encoded": [stories.packaged(A), REFUSED, replace(stories.failed(A), recipe=R), PURGED],
    "packaged": [stories.ready(A), FLAWED, replace(stories.failed(A), recipe=R), PURGED],
    "remaking": [REMADE, stories.ready(A), REFUSED, replace(stories.failed(A), recipe=R), PURGED],
    "repackaging": [
        replace(stories.packaged(A), remake=1),
        replace(stories.packaged(A), attempt=1),
        REFUSED,
        replace(stories.failed(A), recipe=R),
        PURGED,
    ],
    "ready": [QUALITY, PURGED],
    "retried_probe": [replace(stories.probed(A), attempt=1), replace(stories.failed(A), attempt=1), PURGED],
    "retried_encode": [replace(stories.planned(A), attempt=1), replace(stories.failed(A), attempt=1), PURGED],
    "retried_thumbnail": [replace(stories.pictured(A), attempt=1), replace(stories.failed(A), attempt=1), PURGED],
    "retried_package": [replace(stories.packaged(A), attempt=1), replace(stories.failed(A), attempt=1), PURGED],
    "poster_chosen": [MADE, PosterRefused(asset_id=A, recipe=R, edit="e", code="c", message="m"), PURGED],
    "captions_asked": [
        WRITTEN,
        replace(WRITTEN, version=3, source="edit"),
        CaptionsRefused(asset_id=A, track="speech-1", version=4, asked=2, code="c", message="m"),
        CaptionsRemoved(asset_id=A, track="speech-1", version=3),
        PURGED,
    ],
    "retired": [VersionRemoved(asset_id=A, recipe=R, objects=1), PURGED],
    "deleted": [AssetRestored(asset_id=A, edit="z"), PURGED],
}  # fmt: skip
STATES = get_args(State)


def test_every_state_has_a_deadline_a_beginning_and_an_end() -> None:
    assert DEADLINES.keys() == BEGUN.keys() == ANSWERS.keys() == set(STATES)


@pytest.mark.parametrize("state", STATES)
def test_a_state_begins_with_its_fact_and_ends_with_each_of_its_answers(state: State) -> None:
    assert state in states(BEGUN[state])
    for answer in ANSWERS[state]:
        assert state not in states([*BEGUN[state], answer]), answer


@pytest.mark.parametrize("state", STATES)
def test_what_is_past_its_deadline_is_asked_for_as_often_as_stated_and_then_ended(state: State) -> None:
    deadline = DEADLINES[state]
    for tries in range(deadline.tries):
        assert (Ask, state) in decided(asked(lived(*BEGUN[state]), state, tries))
    life = asked(lived(*BEGUN[state]), state, deadline.tries)
    assert (GiveUp, state) in decided(life)
    (owed,) = [owed for owed in life.owed.values() if owed.state == state]
    end = ending(life, owed)
    if isinstance(end, Alert):
        assert (end.kind, end.code, deadline.instead) == ("retries_exhausted", deadline.code, "alert")
        return
    assert end.kind() == deadline.instead
    life.take(life.sequence + 1, LATER, end)
    assert not [owed for owed in life.owed.values() if owed.state == state]


@pytest.mark.parametrize("state", STATES)
def test_before_its_deadline_nothing_is_done(state: State) -> None:
    life = lived(*BEGUN[state])
    (owed,) = [owed for owed in life.owed.values() if owed.state == state]
    deadline = DEADLINES[state]
    almost = timedelta(seconds=deadline.within_s + deadline.each_s * owed.tasks)
    assert (Ask, state) not in decided(life, owed.since + almost - timedelta(milliseconds=1))
    assert (GiveUp, state) not in decided(life, owed.since + almost - timedelta(milliseconds=1))
    assert state in {kept for _, kept in decided(life, owed.since + almost)}


@pytest.mark.parametrize("state", [state for state in STATES if DEADLINES[state].durable and DEADLINES[state].hears])
def test_what_its_durable_has_yet_to_deal_with_is_not_lost(state: State) -> None:
    life = lived(*BEGUN[state])
    (owed,) = [owed for owed in life.owed.values() if owed.state == state]
    behind = Seen({**EVERYTHING_SETTLED, DEADLINES[state].durable: owed.sequence - 1})
    assert waits(life, owed, behind)
    assert state not in {kept for _, kept in decided(life, seen=behind)}


@pytest.mark.parametrize("state", [state for state in STATES if DEADLINES[state].durable])
def test_an_answer_is_waited_for_twice_as_long_each_time_and_until_the_durable_was_asked(state: State) -> None:
    life = asked(lived(*BEGUN[state]), state, 2)
    (owed,) = [owed for owed in life.owed.values() if owed.state == state]
    assert owed.asked_at is not None
    deadline = DEADLINES[state]
    asked_at = owed.asked_at
    life.owed[state, owed.part] = owed = replace(owed, idle_since=stories.NOON - LONG)
    patience = timedelta(seconds=2 * (deadline.within_s + deadline.each_s * owed.tasks))
    assert state not in {kept for _, kept in decided(life, asked_at + patience - timedelta(milliseconds=1))}
    assert state in {kept for _, kept in decided(life, asked_at + patience)}
    asking = Seen({**EVERYTHING_SETTLED, deadline.durable: owed.asked - 1})
    assert state not in {kept for _, kept in decided(life, asked_at + patience, asking)}


@pytest.mark.parametrize("state", [state for state in STATES if DEADLINES[state].durable])
def test_whoever_is_asked_hears_it(state: State) -> None:
    life = lived(*BEGUN[state])
    (owed,) = [owed for owed in life.owed.values() if owed.state == state]
    (durable,) = [durable for durable in MEDIA.durables if durable.name == DEADLINES[state].durable]
    fact = BEGUN[state][owed.sequence - 1]
    subject = subject_for(durable.name, fact.subject)
    assert asked_by(subject, {SEQUENCE: "7"}) == Asked(durable.name, A, 7)
    assert any(subject.startswith(own.removesuffix(">")) for own in MEDIA.filters(durable))
    kinds = {own.split(".")[2:4] == fact.kind().split(".") for own in durable.subjects if own.startswith("media.")}
    assert (True in kinds) is DEADLINES[state].hears


@pytest.mark.parametrize("code", {row.code for row in DEADLINES.values() if row.instead == "asset.failed"})
def test_failures_are_told_in_words_that_help(code: str) -> None:
    (message, *_) = [row.message for row in DEADLINES.values() if row.code == code]
    assert message.endswith(".")
    assert any(word in message for word in ("Retry", "retry", "again"))


def test_a_whole_life_leaves_nothing_to_wait_for() -> None:
    assert states([*LIFE, QUALITY]) == set()
    assert states([*LIFE[:2], CANDIDATES, LIFE[3], MEASURED, REFINED, *LIFE[4:], QUALITY]) == set()
    assert states([stories.awaited(A), *LIFE, QUALITY, DELETED, PURGED]) == set()


def test_tasks_that_wait_or_are_worked_on_are_not_lost_and_one_that_is_nowhere_is() -> None:
    life = lived(*LIFE[:4])
    queued = frozenset(tasks_of(stories.planned(A))) - {f"encode.{A}.{R}.video-00000-head"}
    assert decided(life, seen=Seen(EVERYTHING_SETTLED, queued)) == []
    lost = queued - {f"encode.{A}.{R}.video-00001"}
    assert decided(life, seen=Seen(EVERYTHING_SETTLED, lost)) == [(Ask, "planned")]


def test_progress_begins_the_time_anew() -> None:
    life = asked(lived(*LIFE[:3]), "planned", DEADLINES["planned"].tries)
    life.take(life.sequence + 1, LATER, LIFE[3])
    assert decided(life, LATER + timedelta(seconds=1)) == []
    assert decided(life, LATER + LONG) == [(Ask, "planned")]


def test_playlists_are_not_written_again_before_there_is_something_to_write() -> None:
    assert "retried_package" not in {state for _, state in decided(lived(*LIFE[:3], retried("package")))}
    assert (Ask, "retried_package") in decided(lived(*LIFE, retried("package")))


def test_a_file_that_is_being_fetched_is_not_lost() -> None:
    life = lived(*BEGUN["imported"])
    assert decided(life, seen=Seen(EVERYTHING_SETTLED, frozenset({fetching(A)}))) == []


def test_what_is_made_once_more_holds_up_the_last_look() -> None:
    life = lived(*LIFE[:-1])
    remaking = Seen(EVERYTHING_SETTLED, frozenset({f"encode.{A}.{R}.video-00001"}))
    assert decided(life, seen=remaking) == []
    assert decided(life) == [(Ask, "packaged")]


def test_nothing_is_made_of_what_is_deleted_and_it_has_its_time_again_when_it_is_restored() -> None:
    kept = replace(DELETED, purge_at=LATER + LONG)
    life = lived(*LIFE[:3], kept)
    assert decided(life) == []
    life.take(9, LATER, AssetRestored(asset_id=A, edit="z"))
    assert decided(life, LATER + timedelta(seconds=1)) == []
    assert decided(life, LATER + LONG) == [(Ask, "planned")]


def test_work_that_ends_after_a_purge_is_nothing_to_wait_for_but_another_life_is() -> None:
    gone = [*LIFE[:3], DELETED, PURGED]
    assert states([*gone, LIFE[3], LIFE[2]]) == set()
    assert states([*gone, replace(stories.ingested(A), attempt=1)]) == {"ingested"}


def test_a_failure_of_an_earlier_attempt_ends_nothing_of_a_later_one() -> None:
    later: list[AnyFact] = [retried("encode"), replace(stories.planned(A), recipe="later", attempt=1)]
    assert states([*LIFE[:3], *later, replace(stories.failed(A), recipe=R)]) == {"planned"}
    assert states([*LIFE[:1], retried("probe"), stories.failed(A)]) == {"retried_probe"}


def test_messages_of_the_log_count_once() -> None:
    life = lived(*LIFE[:1])
    told = Asked("probe", A, 1)
    for _ in range(2):
        life.take(2, stories.NOON, told)
    assert [owed.tries for owed in life.owed.values()] == [1]


def test_in_health_nothing_is_late_and_the_latest_is_told_by_name() -> None:
    assert lateness([], LATER).overdue_s == 0
    early = lived(*LIFE[:1])
    now = stories.NOON + timedelta(seconds=11)
    told = lateness([early], now)
    assert (told.overdue_s, told.oldest_s, told.unresolved, told.asset_id) == (0.0, 10.0, 1, None)
    late = lateness([early, lived(*LIFE[:3], since=LATER)], stories.NOON + timedelta(seconds=131))
    assert (late.overdue_s, late.asset_id, late.state, late.unresolved) == (100.0, A, "ingested", 1)
    assert lateness([lived(*LIFE, QUALITY, replace(DELETED, purge_at=LATER))], now).unresolved == 0


def test_a_sweep_that_gave_up_says_whose_work_it_was() -> None:
    life = lived(*LIFE[:3])
    (owed,) = life.owed.values()
    failed = ending(life, owed)
    assert isinstance(failed, AssetFailed)
    assert (failed.service, failed.recipe, failed.code) == ("reconcile", R, "work_lost")


def test_a_file_of_known_size_is_abandoned_and_one_from_elsewhere_has_failed() -> None:
    for size_bytes, kind in ((1, AssetAbandoned), (None, AssetFailed)):
        awaited = AssetAwaited(asset_id=A, name="n", key="k", size_bytes=size_bytes)
        life = lived(awaited)
        (owed,) = life.owed.values()
        assert isinstance(ending(life, owed), kind)


def test_nothing_more_is_made_of_a_version_that_was_retired() -> None:
    assert states([*LIFE[:3], RETIRED]) == {"retired"}
    assert states([*LIFE, RETIRED]) == {"retired"}


def test_what_is_refused_is_made_packaged_and_looked_at_once_more() -> None:
    both = replace(FLAWED, pictures=True)
    facts = [*LIFE[:-1], both]
    assert states(facts) == {"remaking", "repackaging"}
    assert states([*facts, replace(REMADE, remake=0), stories.packaged(A)]) >= {"remaking", "repackaging"}
    assert states([*facts, REMADE]) == {"remaking", "repackaging"}
    remade = [*facts, REMADE, replace(stories.pictured(A), remake=1)]
    assert "remaking" not in states(remade)
    assert states([*remade, replace(stories.packaged(A), remake=1)]) == {"packaged"}
    assert states([*remade, replace(stories.packaged(A), remake=1), stories.ready(A), QUALITY]) == set()


def test_playlists_are_waited_for_only_when_everything_is_remade() -> None:
    assert decided(lived(*LIFE[:-1], FLAWED)) == [(Ask, "remaking")]
    assert decided(lived(*LIFE[:-1], FLAWED, REMADE)) == [(Ask, "repackaging")]


def test_nobody_looks_once_more_at_what_is_ready_unless_it_is_of_a_later_attempt() -> None:
    assert states([*LIFE, QUALITY, stories.packaged(A), stories.pictured(A)]) == set()
    assert states([*LIFE, QUALITY, replace(stories.packaged(A), attempt=1)]) == {"packaged"}


def test_an_original_that_waits_to_be_looked_at_is_not_lost() -> None:
    for state in ("ingested", "retried_probe"):
        life = lived(*BEGUN[state])
        assert decided(life, seen=Seen(EVERYTHING_SETTLED, frozenset({probing(A)}))) == []


@pytest.mark.parametrize(
    "other", [replace(WRITTEN, asked=0), replace(WRITTEN, asked=1), replace(WRITTEN, track="speech-2")]
)
def test_a_transcript_is_not_answered_by_another_version_or_track(other: CaptionsMade) -> None:
    assert "captions_asked" in states([*LIFE, SPEECH, other])


def test_a_transcript_that_is_there_is_not_owed_when_it_is_said_again_that_it_was_asked_for() -> None:
    assert "captions_asked" not in states([*LIFE, SPEECH, WRITTEN, SPEECH])


def test_a_transcript_is_not_late_while_its_task_waits_and_nothing_else_is_when_it_never_comes() -> None:
    life = lived(*LIFE, QUALITY, SPEECH)
    assert decided(life, seen=Seen(EVERYTHING_SETTLED, frozenset({"transcribe.a.speech-1"}))) == []
    assert decided(life, seen=Seen(EVERYTHING_SETTLED, frozenset({"transcribe.a.speech-2"}))) != []
    (owed,) = life.owed.values()
    assert ending(life, owed) == CaptionsRefused(
        asset_id=A,
        track="speech-1",
        version=2,
        asked=2,
        code="transcription_overdue",
        message=DEADLINES["captions_asked"].message,
    )
    assert not life.is_at_work
