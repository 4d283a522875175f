"""Whether work is taken: by the reasons that stand, as the disk and the store give them."""

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest

from services.runtime import breaker as breaker_module
from services.runtime import disk as disk_module
from services.runtime.breaker import Breaker
from services.runtime.disk import Disk
from services.runtime.errors import Early, Permanent, Stale, Transient, Unwritten
from services.runtime.intake import Gate, Intake
from services.runtime.store import Store
from tests.processes import PATIENCE_S

LOST = Transient("store_unavailable", "The store did not answer.")
REFUSED = Unwritten("store_unavailable", "The store did not answer.")
CUT_OFF = Permanent("truncated_file", "The file is cut off.")


class Subscription:
    """Counts pulls."""

    def __init__(self) -> None:
        self.pulls = 0

    async def fetch(self, *, batch: int, timeout: float) -> list[str]:  # noqa: ASYNC109 (the client calls it so)
        self.pulls += 1
        return ["message"] * batch


class FlakyStore:
    """Is away, there, or open to what is written, as it is told, each time it is asked."""

    def __init__(self, *found: str) -> None:
        self.found = list(found)
        self.asked = 0
        self.trials: list[str] = []

    async def answers(self) -> bool:
        self.asked += 1
        return self.found.pop(0) == "there"

    async def takes(self, key: str) -> bool:
        self.trials.append(key)
        return self.found.pop(0) == "open"


def breaker_of(store: FlakyStore, intake: Intake) -> Breaker:
    return Breaker(cast("Store", store), Disk(intake, [], 0), intake, "trials/taken")


async def test_work_is_taken_only_once_every_reason_is_withdrawn() -> None:
    intake, heard = Intake(), list[tuple[str, str | None]]()
    intake.on_change(lambda *change: heard.append(change))
    intake.pause("disk", "Full.")
    intake.pause("store", "Away.")
    waiting = asyncio.ensure_future(intake.opened())
    intake.resume("disk")
    await asyncio.sleep(0)
    assert not waiting.done()
    assert dict(intake.reasons) == {"store": "Away."}
    intake.resume("store")
    await asyncio.wait_for(waiting, PATIENCE_S)
    assert heard == [("disk", "Full."), ("store", "Away."), ("disk", None), ("store", None)]


async def test_a_reason_is_told_once_however_often_it_is_stated() -> None:
    intake, heard = Intake(), list[str]()
    intake.on_change(lambda reason, _: heard.append(reason))
    intake.pause("disk", "1 GiB is free.")
    intake.pause("disk", "0.9 GiB are free.")
    intake.resume("disk")
    intake.resume("disk")
    assert heard == ["disk", "disk"]


async def test_nothing_is_pulled_while_work_is_not_taken() -> None:
    intake, subscription = Intake(), Subscription()
    gate = Gate(cast("Any", subscription), intake)
    intake.pause("disk", "Full.")
    pulling = asyncio.ensure_future(gate.fetch(batch=1, timeout=PATIENCE_S))
    await asyncio.sleep(0)
    assert subscription.pulls == 0
    intake.resume("disk")
    assert len(await asyncio.wait_for(pulling, PATIENCE_S)) == 1


def test_a_full_disk_pauses_and_resumes_only_well_above_its_limit(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    free = {"/a": 900, "/b": 99}
    monkeypatch.setattr(disk_module, "free_bytes", lambda folder: free[folder])
    monkeypatch.setattr(disk_module, "SETTLED_S", 0.0)
    intake = Intake()
    disk = Disk(intake, ["/a", "/b"], least_free_bytes=100)
    paused = []
    for free_bytes in (100, 99, 124, 125, 100):
        free["/b"] = free_bytes
        disk.look()
        paused.append("disk" in intake.reasons)
    assert paused == [False, True, True, False, False]


def test_work_is_taken_again_only_once_there_has_been_room_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s, free, intake = 1000.0, [100], Intake()
    monkeypatch.setattr(disk_module, "free_bytes", lambda _: free[0])
    monkeypatch.setattr(disk_module, "monotonic", lambda: now_s)
    disk = Disk(intake, ["/a"], least_free_bytes=100)
    full = []
    for free[0], passed_s in (
        (99, 1),
        (200, 0),
        (200, disk_module.SETTLED_S - 1),
        (99, 1),
        (200, 1),
        (200, 2),
        (200, 1),
    ):
        now_s += passed_s
        full.append(disk.is_full())
    assert full == [True] * 6 + [False]


def test_what_is_said_of_a_full_disk_names_the_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk_module, "free_bytes", {"/a": 3 << 30, "/b": 1 << 30}.__getitem__)
    intake = Intake()
    Disk(intake, ["/a", "/b"], least_free_bytes=2 << 30).look()
    assert intake.reasons["disk"] == (
        "Only 1 GiB are free at /b; free some space. Work goes on by itself from 2.5 GiB on."
    )


@pytest.mark.parametrize("error", [LOST, CUT_OFF])
async def test_failures_while_the_store_is_away_are_its_own_and_pause_work_until_it_answers(
    error: Transient | Permanent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breaker_module, "ASK_EVERY_S", 0.0)
    store, intake = FlakyStore("away", "away", "away", "there"), Intake()
    assert await breaker_of(store, intake).explains(error)
    assert "store" in intake.reasons
    await asyncio.wait_for(intake.opened(), PATIENCE_S)
    assert store.asked == 4


async def test_one_question_at_a_time_is_asked_of_a_store_that_is_away() -> None:
    store, intake = FlakyStore("away", "away"), Intake()
    breaker = breaker_of(store, intake)
    assert await breaker.explains(LOST)
    assert await breaker.explains(LOST)
    await asyncio.sleep(0)
    assert store.asked == 2
    breaker.close()


async def test_failures_while_the_store_answers_are_the_works_own() -> None:
    store, intake = FlakyStore("there"), Intake()
    assert not await breaker_of(store, intake).explains(LOST)
    assert (dict(intake.reasons), store.trials) == ({}, [])


async def test_a_store_that_takes_nothing_though_it_answers_is_asked_by_writing_until_it_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(breaker_module, "ASK_EVERY_S", 0.0)
    store, intake = FlakyStore("there", "shut", "shut", "open"), Intake()
    assert await breaker_of(store, intake).explains(REFUSED)
    assert "takes nothing that is written" in intake.reasons["store"]
    await asyncio.wait_for(intake.opened(), PATIENCE_S)
    assert (store.asked, store.trials) == (1, ["trials/taken"] * 3)


async def test_what_a_store_did_not_take_that_takes_other_things_is_the_works_own_failure() -> None:
    store, intake = FlakyStore("there", "open"), Intake()
    assert not await breaker_of(store, intake).explains(REFUSED)
    assert not intake.reasons


@pytest.mark.parametrize("error", [Early(1.0), Stale("object_changed", "Look again.")])
async def test_what_is_no_failure_costs_no_question(error: Transient) -> None:
    store = FlakyStore()
    assert not await breaker_of(store, Intake()).explains(error)
    assert store.asked == 0


async def test_a_full_disk_explains_a_failure_before_its_watcher_has_looked(tmp_path: Path) -> None:
    intake, store = Intake(), FlakyStore()
    full = Disk(intake, [str(tmp_path)], 1 << 62)
    assert await Breaker(cast("Store", store), full, intake, "trials/taken").explains(
        OSError("No space left on device")
    )
    assert (set(intake.reasons), store.asked) == ({"disk"}, 0)
