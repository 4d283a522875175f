"""While a message is worked on, the server is told so: silence would mean that its worker died."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from nats.aio.msg import Msg

HEARTBEAT_S = 3.0


@asynccontextmanager
async def beating(raw: Msg) -> AsyncIterator[None]:
    """Keep a message from being delivered again inside the context."""

    async def beat() -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            # Away from the server the beat has no meaning; the next one counts again.
            with suppress(OSError, Exception):
                await raw.in_progress()

    task = asyncio.create_task(beat())
    try:
        yield
    finally:
        task.cancel()
