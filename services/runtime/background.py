"""Work that lasts as long as its process: projectors, listings, followers."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from nats.aio.client import Client

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 5.0

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
