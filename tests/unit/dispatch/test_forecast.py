"""How long work takes, and when an asset will be ready."""

import math
from itertools import count

import pytest

from contracts.estimates import LanePosition
from services.dispatch.decide import Waiting
from services.dispatch.forecast import Lane, Tails, estimate
from services.dispatch.load import Load, Speeds, fitted

_numbers = count(1)


def waiting(asset_id: str, noun: str = "encode", tenant: str = "t", units: float = 1.0) -> Waiting:
    number = next(_numbers)
    return Waiting(number, noun, "bulk", "normal", tenant, asset_id, ("r",), f"id-{number}", Load(noun, units))


def speeds(**seconds: float) -> Speeds:
    known = Speeds()
    for kind, taken_s in seconds.items():
        known.add(Load(kind), taken_s)
    return known


def tails(*seconds: float) -> Tails:
    seen = Tails()
    for taken_s in seconds:
        seen.add(taken_s)
    return seen


def lanes(*tasks: Waiting, workers: int = 1) -> dict[str, Lane]:
    made: dict[str, Lane] = {}
    for task in tasks:
        made.setdefault(task.noun, Lane(workers=workers)).queue.add(task)
    return made


@pytest.mark.parametrize(
    ("seen", "each_s", "unit_s"),
    [
        ([(1, 3.0), (2, 5.0), (3, 7.0)], 1.0, 2.0),
        ([(4, 2.0), (4, 4.0)], 3.0, 0.0),
        # What would be less than nothing is nothing, and the average stays what it is.
        ([(1, 5.0), (3, 1.0)], 3.0, 0.0),
        ([(1, 0.0), (3, 8.0)], 0.0, 2.0),
        ([(1, 2.0)], 2.0, 0.0),
    ],
)
def test_what_work_takes_is_a_part_for_each_task_and_one_for_each_unit(
    seen: list[tuple[float, float]], each_s: float, unit_s: float
) -> None:
    assert fitted(seen) == pytest.approx((each_s, unit_s))


def test_what_was_never_seen_is_not_guessed() -> None:
    waits = lanes(waiting("a"))

    assert speeds().seconds(Load("encode")) is None
    assert estimate(waits, [], ("t", "a"), {}, speeds(), tails(1.0)).ready_in_s is None
    assert estimate(waits, [], ("t", "a"), {}, speeds(encode=1.0), tails()).ready_in_s is None


def test_an_asset_that_waits_behind_others_takes_as_long_as_they_do_and_itself() -> None:
    ahead = [waiting(f"other{number}") for number in range(10)]
    told = estimate(lanes(*ahead, waiting("a")), [], ("t", "a"), {}, speeds(encode=2.0), tails(0.5))

    assert told.lanes == [LanePosition(lane="encode", position=11, waiting=1)]
    assert told.ready_in_s is not None
    assert 11 * 2.0 <= told.ready_in_s <= 13 * 2.0


def test_the_same_takes_half_as_long_with_twice_the_workers() -> None:
    tasks = [waiting(f"other{number}") for number in range(100)]
    one, two = (
        estimate(lanes(*tasks, waiting("a"), workers=workers), [], ("t", "a"), {}, speeds(encode=1.0), tails(0.0))
        for workers in (1, 2)
    )
    assert one.ready_in_s is not None
    assert two.ready_in_s is not None
    assert math.isclose(one.ready_in_s, 2 * two.ready_in_s, rel_tol=0.02)


def test_a_flood_of_another_tenant_counts_only_for_its_turns() -> None:
    flood = [waiting(f"flood{number}", tenant="flood") for number in range(500)]
    told = estimate(lanes(*flood, waiting("a")), [], ("t", "a"), {}, speeds(encode=1.0), tails(0.0))

    assert told.lanes[0].position <= 2
    assert told.ready_in_s is not None
    assert told.ready_in_s <= 4


def test_the_slowest_lane_decides() -> None:
    both = lanes(waiting("a"), waiting("a", noun="thumbnail"))
    told = estimate(both, [], ("t", "a"), {}, speeds(encode=1.0, thumbnail=20.0), tails(0.0))

    assert told.ready_in_s is not None
    assert told.ready_in_s >= 20


@pytest.mark.parametrize("noun", ["probe", "measure"])
def test_what_is_not_known_yet_to_be_work_is_not_told(noun: str) -> None:
    known, whose = speeds(encode=1.0, probe=1.0, measure=1.0), ("t", "a")

    told = estimate(lanes(waiting("a", noun=noun)), [], whose, {}, known, tails(0.0))
    begun = estimate(lanes(waiting("a")), [waiting("a", noun=noun)], whose, {}, known, tails(0.0))

    assert (told.ready_in_s, begun.ready_in_s) == (None, None)
    assert told.lanes[0].position == 1


def test_what_is_in_work_is_about_half_done() -> None:
    others = [waiting("b")]
    told = estimate({}, [waiting("a"), *others], ("t", "a"), {}, speeds(encode=4.0), tails(1.0))

    assert (told.lanes, told.ready_in_s) == ([], 3.0)
    assert estimate({}, others, ("t", "a"), {}, speeds(encode=4.0), tails(1.0)).ready_in_s is None
