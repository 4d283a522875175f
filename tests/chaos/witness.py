"""Who hears what happens: on the log itself, by Server-Sent Events, and by webhooks; each comes back when cut off."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple, Self, TypeVar

import httpx
import msgspec
import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error
from nats.js import JetStreamContext

from contracts.codec import decode
from contracts.v1 import AnyFact, AssetFailed, AssetReady, Fact
from services.runtime import follow
from services.runtime.errors import Transient
from services.runtime.settings import Settings

OURS = "Headrace-Chaos"
"""Marks what a fault wrote to the log itself."""

PATIENCE_S = 120.0
"""A bound for what is broken, not a measure of what works."""
_PAUSE_S = 0.1
_SUBJECTS = ("media.v1.>",)

T = TypeVar("T")


class Stated(NamedTuple):
    """A fact in the log; ``at`` is when the log took it, in seconds since 1970."""

    sequence: int
    at: float
    message: Msg
    fact: AnyFact

    @property
    def is_ours(self) -> bool:
        """Tell whether a fault wrote it."""
        return OURS in (self.message.headers or {})


def stated(message: Msg) -> Stated | None:
    """Return the fact in a message, or None where it does not decode."""
    try:
        fact = decode(message.data)
    except msgspec.DecodeError:
        return None
    if not isinstance(fact, Fact):
        return None
    metadata = message.metadata
    return Stated(metadata.sequence.stream, metadata.timestamp.timestamp(), message, fact)


class Witness:
    """Follows the log, and remembers."""

    def __init__(self, nc: Client) -> None:
        """Listen through a connection."""
        self.nc = nc
        self.facts: list[Stated] = []
        self._reached = 0
        self._news = asyncio.Condition()

    @property
    def js(self) -> JetStreamContext:
        """Return JetStream."""
        return self.nc.jetstream()

    @classmethod
    @asynccontextmanager
    async def listening(cls, settings: Settings) -> AsyncIterator[Self]:
        """Listen inside the context."""
        assert settings.nats_password is not None
        nc = await nats.connect(
            settings.nats_url,
            user=settings.nats_user,
            password=settings.nats_password.get_secret_value(),
            max_reconnect_attempts=-1,
            reconnect_time_wait=0.2,
            error_cb=_silently,
        )
        witness = cls(nc)
        task = asyncio.create_task(witness._listen())
        try:
            yield witness
        finally:
            task.cancel()
            await asyncio.wait({task}, timeout=5)
            await nc.close()

    async def until(self, found: Callable[[], T | None], within_s: float = PATIENCE_S) -> T:
        """Return what is found in the facts, once there is something."""
        async with asyncio.timeout(within_s), self._news:
            while (value := found()) is None:
                await self._news.wait()
            return value

    async def next(self, *kinds: type[AnyFact], within_s: float = PATIENCE_S) -> Stated:
        """Return the first fact of some kinds from now on."""
        heard = len(self.facts)
        return await self.until(
            lambda: next((one for one in self.facts[heard:] if isinstance(one.fact, kinds)), None), within_s
        )

    def end_of(self, asset_id: str) -> Stated | None:
        """Return the fact by which an asset is resolved."""
        ends = (one for one in self.facts if one.fact.asset_id == asset_id)
        return next((one for one in ends if isinstance(one.fact, AssetReady | AssetFailed)), None)

    async def whole(self) -> list[Stated]:
        """Return the log as the server has it now."""
        messages = await follow.page(self.js, "MEDIA", _SUBJECTS, 0, 1 << 30)
        return [one for one in map(stated, messages) if one is not None]

    async def _listen(self) -> None:
        while True:
            try:
                async for messages in follow.batches(self.js, "MEDIA", _SUBJECTS, self._reached):
                    self.facts += [one for one in map(stated, messages) if one is not None]
                    self._reached = follow.sequence_of(messages[-1])
                    async with self._news:
                        self._news.notify_all()
            except (Error, Transient, OSError):
                await asyncio.sleep(_PAUSE_S)


class Listener:
    """Hears Server-Sent Events as browsers do: from the first event on, and on from the last one after a cut."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        """Listen through a client with a key."""
        self.events: list[dict[str, Any]] = []
        self.cursor = 0
        self._http = http

    async def listen(self) -> None:
        """Listen for ever."""
        while True:
            try:
                await self._listen()
            except httpx.HTTPError:
                await asyncio.sleep(_PAUSE_S)

    async def _listen(self) -> None:
        patience = httpx.Timeout(5.0, read=30.0)
        async with self._http.stream(
            "GET", "/v1/events", headers={"Last-Event-ID": str(self.cursor)}, timeout=patience
        ) as answer:
            answer.raise_for_status()
            place, data = self.cursor, None
            async for line in answer.aiter_lines():
                if line.startswith("id: "):
                    place = int(line[4:])
                elif line.startswith("data: "):
                    data = json.loads(line[6:])
                elif not line:
                    # Source: WHATWG HTML, "Server-sent events": only a whole event counts.
                    self.cursor = place
                    if data is not None:
                        self.events.append(data)
                        data = None


async def _silently(_: Exception) -> None:
    """Say nothing: servers are killed here."""
