"""How long work takes, and when an asset will be ready."""

import math
from itertools import count

import pytest

from contracts.estimates import LanePosition
from services.dispatch.decide import Waiting
from services.dispatch.forecast import Lane, Pace, estimate
from services.dispatch.load import Load, Speeds, fitted
from services.runtime.recent import Recent

_numbers = count(1)


def waiting(asset_id: str, noun: str = "encode", tenant: str = "t", units: float = 1.0) -> Waiting:
    number = next(_numbers)
    return Waiting(number, noun, "bulk", "normal", tenant, asset_id, ("r",), f"id-{number}", Load(noun, units))


def speeds(**seconds: float) -> Speeds:
    known = Speeds()
    for kind, taken_s in seconds.items():
        known.add(Load(kind), taken_s)
    return known


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


def test_what_happened_long_ago_is_forgotten() -> None:
    recent = Recent[str, int](2)
    for number, name in enumerate("abac"):
        recent[name] = number
    assert dict(recent) == {"b": 1, "c": 3}


def test_what_was_never_seen_is_not_guessed() -> None:
    waits = lanes(waiting("a"))

    assert speeds().seconds(Load("encode")) is None
    assert estimate(waits, [], ("t", "a"), shares={}, speeds=speeds(), tail_s=1.0).ready_in_s is None
    assert estimate(waits, [], ("t", "a"), shares={}, speeds=speeds(encode=1.0), tail_s=None).ready_in_s is None


def test_an_asset_that_waits_behind_others_takes_as_long_as_they_do_and_itself() -> None:
    ahead = [waiting(f"other{number}") for number in range(10)]
    told = estimate(lanes(*ahead, waiting("a")), [], ("t", "a"), shares={}, speeds=speeds(encode=2.0), tail_s=0.5)

    assert told.lanes == [LanePosition(lane="encode", position=11, waiting=1)]
    assert told.ready_in_s is not None
    assert 11 * 2.0 <= told.ready_in_s <= 13 * 2.0


def test_the_same_takes_half_as_long_where_twice_as_much_is_done() -> None:
    waits = lanes(*(waiting(f"other{number}") for number in range(100)), waiting("a"))
    one, two = (
        estimate(waits, [], ("t", "a"), shares={}, speeds=speeds(encode=1.0), tail_s=0.0, pace=pace).ready_in_s
        for pace in (1.0, 2.0)
    )
    assert one is not None
    assert two is not None
    assert math.isclose(one, 2 * two, rel_tol=0.02)


def test_nothing_is_done_faster_than_its_workers_work() -> None:
    waits = lanes(*(waiting("a") for _ in range(8)), workers=2)
    told = estimate(waits, [], ("t", "a"), shares={}, speeds=speeds(encode=1.0), tail_s=0.0, pace=100.0)
    assert told.ready_in_s == 4.0


def test_how_much_is_done_in_a_second_is_told_from_what_was_done_lately() -> None:
    pace = Pace()
    for second in range(100):
        assert second >= 10 or pace.value == 1.0
        pace.add(second, 0.5)
    assert pace.value == pytest.approx(0.5)
    for tenth in range(1, 301):
        pace.add(100 + tenth / 10, 0.5)
    assert pace.value == pytest.approx(5.0)


def test_work_that_was_disturbed_does_not_count_as_slow() -> None:
    known = speeds(encode=1.0)
    for taken_s in (1.0, 9.0, 9.0):
        known.add(Load("encode"), taken_s)
    assert known.seconds(Load("encode")) == pytest.approx(1.0)


def test_a_flood_of_another_tenant_counts_only_for_its_turns() -> None:
    flood = [waiting(f"flood{number}", tenant="flood") for number in range(500)]
    told = estimate(lanes(*flood, waiting("a")), [], ("t", "a"), shares={}, speeds=speeds(encode=1.0), tail_s=0.0)

    assert told.lanes[0].position <= 2
    assert told.ready_in_s is not None
    assert told.ready_in_s <= 4


def test_the_slowest_lane_decides() -> None:
    both = lanes(waiting("a"), waiting("a", noun="thumbnail"))
    told = estimate(both, [], ("t", "a"), shares={}, speeds=speeds(encode=1.0, thumbnail=20.0), tail_s=0.0)

    assert told.ready_in_s is not None
    assert told.ready_in_s >= 20


@pytest.mark.parametrize("noun", ["probe", "measure"])
def test_what_is_not_known_yet_to_be_work_is_not_told(noun: str) -> None:
    known, whose = speeds(encode=1.0, probe=1.0, measure=1.0), ("t", "a")

    told = estimate(lanes(waiting("a", noun=noun)), [], whose, shares={}, speeds=known, tail_s=0.0)
    begun = estimate(lanes(waiting("a")), [waiting("a", noun=noun)], whose, shares={}, speeds=known, tail_s=0.0)

    assert (told.ready_in_s, begun.ready_in_s) == (None, None)
    assert told.lanes[0].position == 1


def test_what_is_in_work_is_about_half_done() -> None:
    others = [waiting("b")]
    told = estimate({}, [waiting("a"), *others], ("t", "a"), shares={}, speeds=speeds(encode=4.0), tail_s=1.0)

    assert (told.lanes, told.ready_in_s) == ([], 5.0)
    assert estimate({}, others, ("t", "a"), shares={}, speeds=speeds(encode=4.0), tail_s=1.0).ready_in_s is None


def test_what_others_saw_is_known_but_counts_no_more_than_what_is_seen() -> None:
    first, second = Speeds(), Speeds()
    for taken_s in (1.0, 2.0, 3.0):
        first.add(Load("copy", taken_s), taken_s * 2)
    second.add(Load("paint"), 7.0)
    second.recall({**first.seen, "paint": [(1.0, 100.0)], "unseen": []})
    assert second.seconds(Load("copy", 5.0)) == first.seconds(Load("copy", 5.0))
    assert second.seconds(Load("paint")) == 7.0
    assert second.seconds(Load("unseen")) is None


def test_no_more_is_told_to_others_than_is_needed() -> None:
    known = Speeds()
    for number in range(1000):
        known.add(Load("copy"), number)
    assert known.seen == {"copy": [(1.0, float(number)) for number in range(950, 1000)]}
