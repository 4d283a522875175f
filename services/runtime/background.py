"""Work that lasts as long as its process: projectors, listings, followers."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Coroutine
from typing import Any

from nats.aio.client import Client

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 5.0
_CANCELLED_AGAIN_S = 0.1

_log = logging.getLogger("headrace.background")


async def keep_running(work: Callable[[Client], Awaitable[None]], connection: Client) -> None:
    """Run work again whenever it ends or fails, after a pause that doubles while it keeps failing at once."""
    loop = asyncio.get_running_loop()
    pause_s = FIRST_PAUSE_S
    while True:
        started = loop.time()
        try:
            await work(connection)
        except Exception:  # noqa: BLE001 (whatever ended it, it must start again)
            _log.exception("background work failed; it starts again in %.1f s", pause_s)
        if loop.time() - started > LONGEST_PAUSE_S:
            pause_s = FIRST_PAUSE_S
        await asyncio.sleep(pause_s)
        pause_s = min(LONGEST_PAUSE_S, pause_s * 2)


async def together(*works: Coroutine[Any, Any, None]) -> None:
    """Do works side by side until one of them is over or fails, and end the others.

    Raises: what the one raised.
    """
    tasks = {asyncio.create_task(work) for work in works}
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await end(tasks)
    for task in done:
        task.result()


async def end(tasks: Collection[asyncio.Task[Any]], again_s: float = _CANCELLED_AGAIN_S) -> None:
    """Cancel tasks until they are over: in Python 3.11 a wait that ends at this moment swallows a cancellation."""
    while pending := {task for task in tasks if not task.done()}:
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=again_s)
