"""Work of deleted assets: it waits aside until they are restored, and is dropped once they are purged.

Whether an asset is deleted is asked when its task would be handed out, beside the reading of the task, so that no other
waits for it. What is aside stays in QUEUE: a new process finds it there, and asks again.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext

from contracts.codec import decode
from contracts.v1 import AssetPurged, AssetRestored
from services.dispatch.decide import Waiting
from services.runtime.life import deletion_of
from services.runtime.log import FactLog

Return = Callable[[Waiting], Awaitable[None]]


class Aside:
    """The tasks of deleted assets; ``back`` puts one where it waited, ``drop`` deletes it."""

    def __init__(self, js: JetStreamContext, *, back: Return, drop: Return) -> None:
        """Begin with nothing aside."""
        self._log = FactLog(js)
        self._back = back
        self._drop = drop
        self._tasks: dict[str, list[Waiting]] = {}

    async def takes(self, task: Waiting) -> bool:
        """Put a task aside, or drop it, if its asset is deleted or purged; tell whether that is so."""
        deletion = await deletion_of(self._log, task.asset_id)
        if deletion is None:
            return False
        self._tasks.setdefault(task.asset_id, []).append(task)
        # Who was told to restore or purge it meanwhile did not find it here.
        await self._look(task.asset_id)
        return True

    async def follow(self, connection: Client) -> None:
        """Hear of what is restored and purged, for ever."""
        async with contextlib.AsyncExitStack() as stack:
            for kind in (AssetRestored, AssetPurged):
                subscription = await connection.subscribe(kind.subject_filter(), cb=self._heard)
                stack.push_async_callback(subscription.unsubscribe)
            await asyncio.Event().wait()

    async def _heard(self, message: Msg) -> None:
        fact = decode(message.data)
        assert isinstance(fact, AssetRestored | AssetPurged)
        await self._look(fact.asset_id)

    async def _look(self, asset_id: str) -> None:
        """Do with an asset's tasks what its life in the log wants."""
        if asset_id not in self._tasks:
            return
        deletion = await deletion_of(self._log, asset_id)
        if deletion is None or isinstance(deletion, AssetPurged):
            settle = self._back if deletion is None else self._drop
            for task in self._tasks.pop(asset_id, []):
                await settle(task)
