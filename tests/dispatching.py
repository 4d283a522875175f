"""The dispatcher in this process, as tests of others need it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from nats.aio.client import Client

from services.dispatch.app import dispatch
from services.dispatch.forecaster import Forecaster
from services.dispatch.shares import Shares
from services.runtime.background import end


@asynccontextmanager
async def dispatching(nc: Client, shares: Shares | None = None) -> AsyncIterator[list[float]]:
    """Hand out what is queued; in the list, find how right it was what was told of assets that are ready."""
    given, ratios = shares or Shares(None), list[float]()
    handing_out = asyncio.create_task(dispatch(given, Forecaster(given, ratios.append), nc))
    try:
        yield ratios
    finally:
        await end({handing_out})
