"""Workers, each of which has trouble of its own alone."""

import asyncio
from typing import Any

import asyncpg

from services.notify.lanes import Delivery
from services.notify.sender import Sender
from services.notify.settings import NotifySettings
from services.runtime.egress import Reply


class World:
    """Lanes with two deliveries, of which the first cannot be settled, and endpoints that take everything."""

    def __init__(self) -> None:
        self.waiting = [delivery("first"), delivery("second")]
        self.settled = asyncio.Event()

    async def lease(self) -> Delivery | None:
        return self.waiting.pop(0) if self.waiting else None

    async def settle(self, done: Delivery, *_: Any) -> None:
        if done.endpoint_id == "first":
            raise asyncpg.DeadlockDetectedError
        self.settled.set()

    async def post(self, *_: Any, **__: Any) -> Reply:
        return Reply(204, {}, b"")


def delivery(endpoint_id: str) -> Delivery:
    return Delivery(endpoint_id, "asset", 1, b"{}", 0, None, "default", "https://a.example", None, ["whsec_YQ=="])


async def test_a_delivery_that_cannot_be_settled_ends_no_sender() -> None:
    world: Any = World()
    sending = asyncio.create_task(Sender(world, world, world, NotifySettings(webhook_senders=1)).send())
    settling = asyncio.create_task(world.settled.wait())
    done, _ = await asyncio.wait({sending, settling}, return_when=asyncio.FIRST_COMPLETED)
    sending.cancel()
    settling.cancel()
    await asyncio.gather(sending, settling, return_exceptions=True)
    assert done == {settling}
