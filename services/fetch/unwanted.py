"""Gives up what is done for an asset that is deleted meanwhile."""

import asyncio
from collections.abc import Coroutine

from nats.errors import Error

from services.runtime.background import end
from services.runtime.life import deletion_of
from services.runtime.log import FactLog

LOOKS_EVERY_S = 5.0


async def unless_deleted(log: FactLog, asset_id: str, work: Coroutine[object, object, None]) -> bool:
    """Do some work, and tell whether it was done: it is given up once the log says that its asset is deleted."""
    if await deletion_of(log, asset_id) is not None:
        work.close()
        return False
    working, watching = asyncio.create_task(work), asyncio.create_task(_deleted(log, asset_id))
    try:
        await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            return False
        await working
        return True
    finally:
        await end({working, watching})


async def _deleted(log: FactLog, asset_id: str) -> None:
    """Return once an asset is deleted; what the log does not answer just now is asked again."""
    while True:
        await asyncio.sleep(LOOKS_EVERY_S)
        try:
            if await deletion_of(log, asset_id) is not None:
                return
        except (Error, OSError):
            continue
