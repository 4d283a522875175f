import os
from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from itertools import islice
from pathlib import Path

import pytest

from services.ladder_encode.media.threads import AHEAD, SideBySide, read_ahead
from tests.media import make_clip
from tests.unit.ladder_encode.delivery import HIGH, LOW, delivered_video


def test_what_is_read_ahead_comes_in_order_up_to_the_error_that_ends_it() -> None:
    def items() -> Iterator[int]:
        yield from range(20)
        raise ValueError("damaged")

    reader = read_ahead(items())
    assert list(islice(reader, 20)) == list(range(20))
    with pytest.raises(ValueError, match="damaged"):
        next(reader)


def test_reading_stays_only_a_few_items_ahead() -> None:
    read: list[int] = []

    def items() -> Iterator[int]:
        for number in range(100):
            read.append(number)
            yield number

    reader = read_ahead(items())
    assert [next(reader) for _ in range(3)] == [0, 1, 2]
    reader.close()  # type: ignore[attr-defined]  # a generator, as callers need not know
    assert len(read) <= 3 + AHEAD


def test_each_worker_gets_its_calls_in_order_and_results_come_in_the_order_of_calls() -> None:
    seen: tuple[list[int], list[int]] = ([], [])

    def work(worker: int, number: int) -> Iterator[tuple[int, int]]:
        seen[worker].append(number)
        yield number, worker

    results: list[tuple[int, int]] = []
    with SideBySide[tuple[int, int]](2) as threads:
        for number in range(20):
            results += threads.begin([partial(work, worker, number) for worker in range(2)])
        results += threads.finish()
    assert results == [(number, worker) for number in range(20) for worker in range(2)]
    assert seen == (list(range(20)), list(range(20)))


def test_what_a_worker_raises_comes_out() -> None:
    def fail() -> Iterator[int]:
        raise ValueError("no")

    with SideBySide[int](1) as threads:
        assert list(threads.begin([fail])) == []
        with pytest.raises(ValueError, match="no"):
            list(threads.finish())


def test_the_bytes_do_not_depend_on_how_many_cores_there_are(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=120, rate=Fraction(25))
    cores = os.sched_getaffinity(0)
    many = delivered_video(clip, [HIGH, LOW])
    os.sched_setaffinity(0, {min(cores)})
    try:
        one = delivered_video(clip, [HIGH, LOW])
    finally:
        os.sched_setaffinity(0, cores)
    assert {name: made.data for name, made in one.items()} == {name: made.data for name, made in many.items()}
