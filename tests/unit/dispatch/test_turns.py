"""Whose work is next: turns of tenants, priorities within a tenant, and what is said of those who wait."""

from collections import Counter
from itertools import count
from pathlib import Path

import pytest

from contracts.codec import decode
from contracts.priorities import Priority
from contracts.v1 import Work
from services.dispatch.decide import Turns, Waiting, room
from services.dispatch.lanes import LaneQueue
from services.dispatch.load import Load

GOLDEN = Path(__file__).parents[2] / "contracts" / "golden"
LOAD = Load("encode.video", 1.0)
_numbers = count(1)


def waiting(tenant: str, priority: Priority = "normal", asset_id: str = "a") -> Waiting:
    number = next(_numbers)
    return Waiting(number, "encode", "head", priority, tenant, asset_id, ("r", str(number)), f"id-{number}", LOAD)


def lane_of(*tasks: Waiting) -> LaneQueue:
    lane = LaneQueue()
    for task in tasks:
        lane.add(task)
    return lane


def taken(lane: LaneQueue, number: int, shares: dict[str, float] | None = None) -> list[Waiting]:
    tasks = [lane.take(shares or {}) for _ in range(number)]
    assert all(tasks)
    return [task for task in tasks if task]


def works() -> list[Work]:
    messages = [
        decode(path.read_bytes())
        for path in sorted(GOLDEN.glob("*.json"))
        if path.stem not in {"dead", "alert", "notification"}
    ]
    return [message for message in messages if isinstance(message, Work)]


@pytest.mark.parametrize("task", works(), ids=lambda task: task.kind())
def test_a_task_leaves_the_queue_for_where_its_workers_take_it(task: Work) -> None:
    queued = Waiting.at(task.queue_subject, 7, task.message_id, LOAD)

    assert queued.task_subject == task.subject
    assert (queued.tenant, queued.priority, queued.asset_id) == (task.tenant, task.priority, task.asset_id)


@pytest.mark.parametrize("subject", ["queue.v1.encode", "queue.v1.encode.head.urgent.t.a.r", "task.v1"])
def test_what_is_no_subject_of_the_queue_is_refused(subject: str) -> None:
    with pytest.raises(ValueError, match="no subject"):
        Waiting.at(subject, 1, "id", LOAD)


def test_who_comes_late_is_next_however_many_others_wait() -> None:
    lane = lane_of(*(waiting("many") for _ in range(500)))
    taken(lane, 10)
    late = waiting("late")
    lane.add(late)

    assert taken(lane, 1) == [late]


def test_tenants_take_turns() -> None:
    lane = lane_of(*(waiting(tenant) for tenant in "aaaaaabbbbbbcccccc"))

    order = [task.tenant for task in taken(lane, 18)]

    assert all(set(order[first : first + 3]) == set("abc") for first in range(0, 18, 3))


def test_turns_are_in_proportion_to_shares() -> None:
    lane = lane_of(*(waiting(tenant) for tenant in "ab" * 40))

    assert Counter(task.tenant for task in taken(lane, 40, {"a": 3.0})) == {"a": 30, "b": 10}


def test_who_did_not_wait_has_saved_nothing_up() -> None:
    turns = Turns[str]()
    for _ in range(100):
        turns.next({"a": 1.0})

    assert Counter(turns.next({"a": 1.0, "b": 1.0}) for _ in range(10)) == {"a": 5, "b": 5}


def test_a_tenants_own_work_is_ordered_by_priority_and_nothing_starves() -> None:
    lane = lane_of(*(waiting("a", priority) for priority in ("low", "normal", "high") for _ in range(42)))

    assert Counter(task.priority for task in taken(lane, 42)) == {"high": 32, "normal": 8, "low": 2}


def test_priorities_of_one_tenant_take_no_turn_of_another() -> None:
    lane = lane_of(*(waiting("loud", "high") for _ in range(50)), *(waiting("quiet", "low") for _ in range(10)))

    assert Counter(task.tenant for task in taken(lane, 20)) == {"loud": 10, "quiet": 10}


def test_of_one_priority_the_oldest_goes_first() -> None:
    tasks = [waiting("a") for _ in range(5)]

    assert taken(lane_of(*tasks), 5) == tasks


def test_who_has_enough_in_work_is_passed_over_until_something_is_done() -> None:
    first, second = waiting("full"), waiting("other")
    lane = lane_of(first, second)

    assert lane.take({}, full={"full"}) == second
    assert lane.take({}, full={"full"}) is None
    assert lane.take({}) == first
    assert not lane


@pytest.mark.parametrize("shares", [{}, {"a": 3.0}, {"b": 2.0}])
def test_how_many_go_before_a_task_is_told_to_within_a_round(shares: dict[str, float]) -> None:
    priorities: tuple[Priority, ...] = ("high", "normal", "low")
    tasks = [waiting(tenant, priorities[n % 3]) for n in range(60) for tenant in "abc"]
    lane = lane_of(*tasks)
    told = {task.sequence: lane.before(task, shares) for task in tasks}

    order = taken(lane, len(tasks), shares)

    strays = [abs(place - told[task.sequence]) for place, task in enumerate(order)]
    round_of_all = 21 * sum(shares.get(tenant, 1.0) for tenant in "abc")
    assert max(strays) <= round_of_all
    assert sum(strays) / len(strays) <= round_of_all / 6


def test_tasks_of_an_asset_are_found_within_its_tenant() -> None:
    own = waiting("a", asset_id="x")
    lane = lane_of(own, waiting("a", asset_id="y"), waiting("b", asset_id="x"))

    assert lane.of_asset("a", "x") == [own]
    assert lane.of_asset("c", "x") == []


@pytest.mark.parametrize(("pulls", "undelivered", "left"), [(2, 0, 2), (2, 1, 1), (0, 0, 0), (1, 9, 0)])
def test_a_lane_is_kept_as_short_as_workers_can_begin(pulls: int, undelivered: int, left: int) -> None:
    assert room(pulls, undelivered) == left
