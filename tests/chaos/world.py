"""All that a fault acts upon: the stack, the load on it, and who watches."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import httpx

from services.runtime.settings import Settings
from services.runtime.store import Store
from tests.asking import bearer
from tests.chaos.clips import Clip
from tests.chaos.load import Load
from tests.chaos.stack import ChaosStack, chaos_stack
from tests.chaos.witness import Listener, Witness
from tests.receiver import Receiver, receiving

HOME = "headrace"


@dataclass(frozen=True)
class World:
    """A stack under load, and its witnesses."""

    stack: ChaosStack
    store: Store
    http: httpx.AsyncClient
    load: Load
    log: Witness
    listener: Listener
    receiver: Receiver

    @property
    def settings(self) -> Settings:
        """Return the settings that lead to the servers, to the store through the proxy."""
        return self.stack.stack.settings

    async def call_webhooks(self) -> None:
        """Have every event posted to the receiver."""
        answer = await self.http.post("/v1/webhooks", json={"url": self.receiver.url, "events": ["*"]})
        answer.raise_for_status()


@asynccontextmanager
async def world(
    home: Path, clips: dict[str, Clip], rng: Random, *, replicas: Sequence[str] = ()
) -> AsyncIterator[World]:
    """Run a stack below a folder, and listen to it."""
    async with AsyncExitStack() as open_:
        stack = await open_.enter_async_context(chaos_stack(home / HOME, rng, replicas=replicas))
        settings, key = stack.stack.settings, stack.stack.admin_key
        store = await open_.enter_async_context(Store.connect(settings))
        http = await open_.enter_async_context(
            httpx.AsyncClient(base_url=settings.gateway_url, headers=bearer(key), trust_env=False, timeout=60)
        )
        log = await open_.enter_async_context(Witness.listening(settings))
        receiver = await open_.enter_async_context(receiving())
        made = World(stack, store, http, Load(store, http, key, clips, home), log, Listener(http), receiver)
        await made.call_webhooks()
        listening = asyncio.create_task(made.listener.listen())
        try:
            yield made
        finally:
            listening.cancel()
            await asyncio.wait({listening}, timeout=5)
