"""Work side by side ends as one, also where a cancellation is swallowed."""

import asyncio
from contextlib import suppress

import pytest

from services.runtime.background import together


class Stubborn:
    """Work that swallows its first cancellation, as a wait does that ends at that moment."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.swallowed = False

    async def work(self) -> None:
        self.begun.set()
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        self.swallowed = True
        await asyncio.Event().wait()


async def test_when_one_fails_the_others_end_whatever_they_swallow() -> None:
    stubborn = Stubborn()

    async def fail() -> None:
        await stubborn.begun.wait()
        raise LookupError("gone")

    with pytest.raises(LookupError, match="gone"):
        async with asyncio.timeout(20):
            await together(stubborn.work(), fail())
    assert stubborn.swallowed


async def test_whoever_ends_it_ends_all_of_it() -> None:
    first, second = Stubborn(), Stubborn()
    both = asyncio.create_task(together(first.work(), second.work()))
    await asyncio.gather(first.begun.wait(), second.begun.wait())
    both.cancel()
    async with asyncio.timeout(20):
        with pytest.raises(asyncio.CancelledError):
            await both
    assert first.swallowed
    assert second.swallowed
