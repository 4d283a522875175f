"""Whether this process takes work: it does while no reason stands against it.

Whoever finds a reason states it (``pause``) and withdraws it (``resume``); nothing is pulled meanwhile. What had been
pulled waits in the process without being delivered again, so that a pause costs no message one of its tries.
"""

import asyncio
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from nats.aio.msg import Msg
from nats.js import JetStreamContext

Heard = Callable[[str, str | None], None]
"""Is told of a reason and its sentence; of None when it does not stand any more."""


class Intake:
    """The reasons for which a process takes no work, by their names."""

    def __init__(self) -> None:
        """Begin without any."""
        self._reasons: dict[str, str] = {}
        self._open = asyncio.Event()
        self._open.set()
        self._listeners: list[Heard] = []

    @property
    def reasons(self) -> Mapping[str, str]:
        """Return what stands against taking work: names, and sentences for people."""
        return MappingProxyType(self._reasons)

    def pause(self, reason: str, sentence: str) -> None:
        """Take no work until the reason is withdrawn; what is being worked on goes on."""
        is_new = reason not in self._reasons
        self._reasons[reason] = sentence
        self._open.clear()
        if is_new:
            self._tell(reason, sentence)

    def resume(self, reason: str) -> None:
        """Withdraw a reason; without any left, work is taken again."""
        if self._reasons.pop(reason, None) is None:
            return
        if not self._reasons:
            self._open.set()
        self._tell(reason, None)

    async def opened(self) -> None:
        """Wait until no reason stands."""
        await self._open.wait()

    def on_change(self, heard: Heard) -> None:
        """Tell somebody of every reason that comes and goes."""
        self._listeners.append(heard)

    def _tell(self, reason: str, sentence: str | None) -> None:
        for heard in self._listeners:
            heard(reason, sentence)


class Gate:
    """Stands in for a subscription: nothing is pulled through it while work is not taken."""

    def __init__(self, subscription: JetStreamContext.PullSubscription, intake: Intake) -> None:
        """Guard a subscription."""
        self._subscription = subscription
        self._intake = intake

    async def fetch(self, *, batch: int, timeout: float) -> list[Msg]:  # noqa: ASYNC109 (FastStream calls it so)
        """Pull once work is taken."""
        await self._intake.opened()
        messages: list[Msg] = await self._subscription.fetch(batch=batch, timeout=timeout)
        return messages

    def __getattr__(self, name: str) -> Any:
        """Leave all else to the subscription."""
        return getattr(self._subscription, name)
