"""The dispatcher in this process, as tests of others need it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from nats.aio.client import Client

from services.dispatch.dispatcher import dispatch
from services.dispatch.shares import Shares


@asynccontextmanager
async def dispatching(nc: Client, shares: Shares | None = None) -> AsyncIterator[None]:
    """Hand out what is queued."""
    handing_out = asyncio.create_task(dispatch(shares or Shares(None), nc))
    try:
        yield
    finally:
        handing_out.cancel()
        with suppress(asyncio.CancelledError):
            await handing_out
