"""The stack of the tests, asked over HTTP while somebody looks at it: what others do, and what operators hold back."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx

from infra.local.stack import Stack
from tests.asking import bearer


@asynccontextmanager
async def calling(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    """Offer a client of the stack's gateway that may do everything."""
    url = stack.running.gateway_url
    async with httpx.AsyncClient(base_url=url, headers=bearer(stack.admin_key), timeout=60, trust_env=False) as http:
        yield http


@asynccontextmanager
async def held_back(stack: Stack, *lanes: str) -> AsyncIterator[Callable[[str], Awaitable[None]]]:
    """Have lanes of work do nothing, and offer what lets one go on: an asset stays as it is meanwhile."""
    async with calling(stack) as http:

        async def let_go(lane: str) -> None:
            (await http.post("/v1/operations/resume", json={"lane": lane})).raise_for_status()

        try:
            for lane in lanes:
                (await http.post("/v1/operations/pause", json={"lane": lane})).raise_for_status()
            yield let_go
        finally:
            for lane in lanes:
                await let_go(lane)
