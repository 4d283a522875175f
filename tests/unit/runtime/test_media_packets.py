"""Reading up to where a file can be read."""

from collections.abc import Iterator

import av
import pytest

from services.runtime.errors import Transient
from services.runtime.media_packets import up_to_damage

DAMAGE = av.error.InvalidDataError(1094995529, "Invalid data found when processing input")


@pytest.mark.parametrize("problem", [DAMAGE, IndexError("list index out of range")], ids=["damage", "a new stream"])
def test_what_was_read_before_a_file_cannot_be_read_any_further_counts(problem: Exception) -> None:
    def packets() -> Iterator[int]:
        yield from range(3)
        raise problem

    assert list(up_to_damage(packets())) == [0, 1, 2]


def test_a_store_that_does_not_answer_is_not_the_end_of_the_file() -> None:
    def packets() -> Iterator[int]:
        yield 0
        raise Transient("unreadable_original", "The store does not answer in time.")

    with pytest.raises(Transient):
        list(up_to_damage(packets()))
