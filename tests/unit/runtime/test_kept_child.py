"""A child that stays for the next call, and is gone when a call does not end as it should."""

import asyncio
import os
import resource
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress

import pytest

from services.runtime.children import MediaChildren
from services.runtime.confinement import Confinement
from services.runtime.errors import HeadraceError, Transient
from services.runtime.kept_child import KeptChild
from tests.processes import PATIENCE_S
from tests.unit.runtime import media_samples as samples


@pytest.fixture
async def child() -> AsyncIterator[KeptChild]:
    children = MediaChildren("tests.unit.runtime.media_samples", memory_bytes=2 << 30, confinement=Confinement())
    kept = KeptChild(children, memory_bytes=resource.RLIM_INFINITY, niceness=0)
    yield kept
    await kept.close()


async def pid_of(child: KeptChild) -> int:
    async with aclosing(child.stream(samples.count_then_sleep, 0, patience_s=20)) as items:
        (pid,) = [item async for item in items]
    return pid


async def gone(pid: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                return
            await asyncio.sleep(0.01)


async def test_calls_one_after_another_meet_the_same_process(child: KeptChild) -> None:
    assert len({await pid_of(child) for _ in range(3)}) == 1


async def test_a_refusal_leaves_the_process_as_it_is(child: KeptChild) -> None:
    before = await pid_of(child)
    async with aclosing(child.stream(samples.count_then_refuse, 2, patience_s=20)) as items:
        with pytest.raises(HeadraceError, match="no_good"):
            _ = [item async for item in items]
    assert await pid_of(child) == before


@pytest.mark.parametrize("code", ["media_too_slow", "media_crashed"])
async def test_what_hangs_or_crashes_ends_the_process_and_the_next_call_has_another(
    child: KeptChild, code: str
) -> None:
    before = await pid_of(child)
    function, patience_s = {"media_too_slow": (samples.yield_never, 0.3), "media_crashed": (samples.yield_a_crash, 20)}[
        code
    ]
    async with aclosing(child.stream(function, patience_s=patience_s)) as items:
        with pytest.raises(HeadraceError, match=code):
            _ = [item async for item in items]
    await gone(before)
    assert await pid_of(child) != before


async def test_what_is_left_in_the_middle_is_killed(child: KeptChild) -> None:
    async with aclosing(child.stream(samples.count_then_sleep, 600, patience_s=20)) as items:
        pid = await anext(items)
    await gone(pid)


async def test_a_task_that_is_cancelled_takes_the_process_with_it(child: KeptChild) -> None:
    pid: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def work() -> None:
        async with aclosing(child.stream(samples.count_then_sleep, 600, patience_s=20)) as items:
            async for item in items:
                pid.set_result(item)

    task = asyncio.create_task(work())
    started = await pid
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await gone(started)


async def test_a_process_that_died_between_calls_is_replaced(child: KeptChild) -> None:
    before = await pid_of(child)
    os.kill(before, 9)
    await gone(before)
    # Where its end is not heard of yet, the next call fails, and is made again like all that fails in passing.
    with suppress(Transient):
        await pid_of(child)
    assert await pid_of(child) != before
