"""The frame grid: every slot filled once, by the right picture."""

from collections.abc import Iterator
from fractions import Fraction

import pytest

from services.runtime.media_slots import fill_slots, slot_at, ticks_of


def filled(pictures: list[tuple[int, str]], first: int, end: int) -> str:
    return "".join(picture * len(slots) for picture, slots in fill_slots(pictures, first, end))


@pytest.mark.parametrize(
    ("pictures", "expected"),
    [
        ([(10, "a"), (11, "b"), (12, "c"), (13, "d")], "abc"),
        ([(10, "a"), (12, "c"), (13, "d")], "aac"),
        ([(8, "z"), (11, "b"), (13, "d")], "zbb"),
        ([(8, "y"), (9, "z"), (10, "a"), (14, "e")], "aaa"),
        ([(10, "a"), (10, "A"), (11, "b"), (11, "B"), (12, "c")], "ABc"),
        ([(11, "b"), (12, "c"), (13, "d")], "bbc"),
        ([(10, "a")], "aaa"),
        ([(4, "u"), (5, "v")], "vvv"),
        ([(15, "f"), (16, "g")], "fff"),
        ([(10, "a"), (12, "c"), (11, "b"), (13, "d")], "aab"),
        ([], ""),
    ],
    ids=[
        "one for each",
        "a gap is held",
        "what stood before the chunk is held",
        "only the last before the chunk counts",
        "the last of several wins",
        "the first stands in before the source's start",
        "the last stays after the source's end",
        "a chunk after the source's end",
        "a chunk before all pictures",
        "time that goes back",
        "nothing at all",
    ],
)
def test_slots_show_the_last_picture_that_is_due(pictures: list[tuple[int, str]], expected: str) -> None:
    assert filled(pictures, 10, 13) == expected


def test_pictures_after_the_chunk_are_not_asked_for() -> None:
    asked = []

    def pictures() -> Iterator[tuple[int, int]]:
        for slot in range(100):
            asked.append(slot)
            yield slot, slot

    assert [slot for _, slots in fill_slots(pictures(), 10, 20) for slot in slots] == list(range(10, 20))
    assert asked[-1] == 20


def test_times_round_to_the_nearest_slot() -> None:
    rate = Fraction(30_000, 1001)

    assert [slot_at(Fraction(ms, 1000), rate) for ms in (0, 33, 67, 100, 133)] == [0, 1, 2, 3, 4]
    assert slot_at(Fraction(-1, 100), rate) == 0


def test_times_of_faster_sources_round_to_their_own_rate_first() -> None:
    rate = Fraction(60)

    assert [slot_at(Fraction(ms, 1000), rate, 2) for ms in (0, 8, 17, 25, 33, 42, 50)] == [0, 1, 1, 2, 2, 3, 3]
    assert [slot_at(Fraction(ms, 1000), rate, 4) for ms in (0, 4, 8, 13, 17, 21)] == [0, 1, 1, 1, 1, 2]


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        (Fraction(25), (25_000, 1000)),
        (Fraction(30_000, 1001), (30_000, 1001)),
        (Fraction(25, 2), (25_000, 2000)),
    ],
)
def test_a_slot_is_a_whole_number_of_ticks(rate: Fraction, expected: tuple[int, int]) -> None:
    timescale, ticks = ticks_of(rate)

    assert (timescale, ticks) == expected
    assert Fraction(timescale, ticks) == rate
