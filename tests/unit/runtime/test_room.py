"""Memory is lent in the order of asking, and to work that is larger than all of it alone."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from services.runtime.room import Room, shared_bytes


class Work:
    """Holds some of a room from ``begin`` to ``end``."""

    def __init__(self, room: Room, size_bytes: int) -> None:
        self.stack = AsyncExitStack()
        self.begun = asyncio.create_task(self.stack.enter_async_context(room.lent(size_bytes)))

    @property
    def holds(self) -> bool:
        return self.begun.done()

    async def end(self) -> None:
        await self.stack.aclose()


async def settled(*works: Work) -> list[bool]:
    for _ in range(20):
        await asyncio.sleep(0)
    return [work.holds for work in works]


async def test_work_waits_for_its_turn_and_small_work_does_not_overtake_large() -> None:
    room = Room(10)
    first, second, large, small = (Work(room, size_bytes) for size_bytes in (4, 4, 6, 1))
    assert await settled(first, second, large, small) == [True, True, False, False]
    await first.end()
    assert await settled(large, small) == [True, False]
    await second.end()
    assert await settled(small) == [True]


async def test_what_is_larger_than_the_room_runs_alone() -> None:
    room = Room(10)
    other, huge = Work(room, 1), Work(room, 99)
    assert await settled(other, huge) == [True, False]
    await other.end()
    assert await settled(huge) == [True]


async def test_who_gives_up_waiting_leaves_its_turn_to_the_next() -> None:
    room = Room(10)
    holding, waiting, next_one = Work(room, 10), Work(room, 10), Work(room, 10)
    await settled()
    waiting.begun.cancel()
    await holding.end()
    assert await settled(next_one) == [True]


async def test_failed_work_gives_its_memory_back() -> None:
    room = Room(10)
    with pytest.raises(ZeroDivisionError):
        async with room.lent(10):
            raise ZeroDivisionError
    assert await settled(Work(room, 10)) == [True]


def test_less_is_shared_than_the_machine_has() -> None:
    assert 0 < shared_bytes() < 1 << 50
