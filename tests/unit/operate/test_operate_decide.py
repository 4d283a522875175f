"""Which durables are meant, under which headers a message goes back, what a retry states."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from contracts.steps import RetryStep
from contracts.v1 import (
    AssetDescribed,
    AssetPlanned,
    AssetProbed,
    AssetPurged,
    AssetReady,
    AssetRetried,
    Fact,
    VersionChosen,
)
from contracts.v1.operate import LettersMeant, PauseAsked
from services.operate.decide import meant, retried
from services.operate.letter import is_chosen, replay_headers, whole_letter
from services.operate.refusals import Refused
from services.operate.topology import DURABLES, way_back
from tests import stories
from tests.dead import LETTER

GOLDEN = Path(__file__).parents[2] / "contracts" / "golden"
AT = datetime(2026, 1, 1, tzinfo=UTC)
LIFE = stories.life_of("aa")


def until(kind: type[Fact]) -> list[Fact]:
    """Return an asset's facts before the first of a kind."""
    kinds: list[type[Fact]] = [type(fact) for fact in LIFE]
    return list(LIFE[: kinds.index(kind)])


def test_a_lane_is_that_of_tasks_and_no_word_of_facts() -> None:
    found = meant(PauseAsked(lane="head"), {**DURABLES, ("MEDIA", "odd", "odd"): ("media.v1.asset.head.*.>",)})
    assert [name for _, name, _ in found] == ["encode_head"]


def test_a_durable_is_one_and_a_service_all_of_its_durables() -> None:
    assert [name for _, name, _ in meant(PauseAsked(durable="plan"), DURABLES)] == ["plan"]
    of_plan = {name for _, name, service in DURABLES if service == "plan"}
    assert {"plan", "plan_retry"} < of_plan == {name for _, name, _ in meant(PauseAsked(service="plan"), DURABLES)}


def test_work_waits_for_its_turn_again_and_what_does_not_decode_goes_where_it_was() -> None:
    task = (GOLDEN / "thumbnail.make.json").read_bytes()
    assert way_back(msgspec.structs.replace(LETTER, payload=task)).startswith("queue.v1.thumbnail.")
    assert way_back(msgspec.structs.replace(LETTER, payload=b"")) == LETTER.source_subject


def test_a_fact_goes_to_the_durable_that_failed_however_often() -> None:
    subject = "media.v1.asset.probed.a.asset"
    fact = msgspec.structs.replace(LETTER, stream="MEDIA", durable="plan", source_subject=subject)
    once = way_back(fact)
    assert once == f"again.v1.plan.{subject}"
    assert way_back(msgspec.structs.replace(fact, source_subject=once)) == once


def test_a_notification_goes_back_to_where_it_was() -> None:
    letter = msgspec.structs.replace(LETTER, stream="BUCKET", durable="ingest", source_subject="bucket.of-a-store")
    assert way_back(letter) == "bucket.of-a-store"


@pytest.mark.parametrize("durable", ["", "gone"])
def test_without_knowing_who_failed_nothing_goes_back(durable: str) -> None:
    with pytest.raises(Refused, match="durable_missing"):
        way_back(msgspec.structs.replace(LETTER, stream="MEDIA", durable=durable))


def test_what_goes_back_is_of_the_same_chain_and_a_message_of_its_own() -> None:
    headers = {
        "Nats-Msg-Id": "thumbnail.make:a:r",
        "Nats-Expected-Last-Subject-Sequence": "0",
        "Headrace-Origin": "2026-01-01T00:00:00+00:00",
        "Headrace-Media-S": "1.5",
        "Headrace-Asked": "41",
        "traceparent": "00-1-2-01",
    }
    letter = msgspec.structs.replace(LETTER, headers=headers, correlation_id="BUCKET:1")
    assert replay_headers(9, letter) == {
        "Nats-Msg-Id": "replay:dead:TASKS:7:thumbnail",
        "correlation_id": "BUCKET:1",
        "traceparent": "00-1-2-01",
        "Headrace-Service": "operate",
        "Headrace-Cause": "DEAD:9",
    }


@pytest.mark.parametrize(
    ("wanted", "is_meant"),
    [
        (LettersMeant(), True),
        (LettersMeant(asset_id="a", code="store_unavailable"), True),
        (LettersMeant(asset_id="a", code="not_media"), False),
        (LettersMeant(reason="poison"), False),
    ],
)
def test_a_letter_is_meant_if_all_that_is_given_holds(wanted: LettersMeant, is_meant: bool) -> None:
    assert is_chosen(LETTER, wanted) is is_meant


@pytest.mark.parametrize("payload", [b"\xff", b"[1]", b'"text"', b""])
def test_what_is_no_json_object_is_shown_as_bytes(payload: bytes) -> None:
    shown = whole_letter(1, AT, msgspec.structs.replace(LETTER, payload=payload))
    assert (shown.document, shown.payload) == (None, payload)


def test_a_retry_is_one_attempt_more_than_any_before() -> None:
    earlier = [
        AssetPurged(asset_id="aa", objects=1, attempt=4),
        msgspec.structs.replace(stories.ingested("aa"), attempt=4),
        AssetRetried(asset_id="aa", edit="e2", step="probe", attempt=6),
        AssetRetried(asset_id="aa", edit="e1", step="probe", attempt=5),
    ]
    assert retried(earlier, "aa", "e3", "probe").attempt == 7


def test_pictures_are_made_again_for_what_is_played_or_else_for_what_was_planned_last() -> None:
    assert retried(LIFE, "aa", "e", "thumbnail").recipe == stories.RECIPE
    assert retried(until(AssetReady), "aa", "e", "thumbnail").recipe == ""
    chosen = VersionChosen(asset_id="aa", edit="e0", recipe="earlier")
    assert retried([*LIFE, chosen], "aa", "e", "package").recipe == "earlier"
    assert retried(LIFE, "aa", "e", "encode").recipe == ""


@pytest.mark.parametrize(
    ("step", "first"), [("encode", AssetProbed), ("thumbnail", AssetPlanned), ("package", AssetPlanned)]
)
def test_a_step_that_was_not_reached_is_refused(step: RetryStep, first: type[Fact]) -> None:
    with pytest.raises(Refused, match="step_not_reached"):
        retried(until(first), "aa", "e", step)


def test_what_never_came_is_refused() -> None:
    described = AssetDescribed(asset_id="aa", edit="e", title="", description="", metadata={}, tags=[], category="")
    with pytest.raises(Refused, match="asset_missing"):
        retried([described], "aa", "e", "probe")
