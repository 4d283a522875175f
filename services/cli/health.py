"""What answers: the servers, the services, and how much waits in the streams."""

import asyncio
import contextlib
from typing import Literal

import asyncpg
import httpx
import msgspec
from nats.aio.client import Client

from contracts.keys import UPLOADS
from services.cli.target import Target
from services.runtime.errors import HeadraceError
from services.runtime.intake_voice import INTAKE, OPEN
from services.runtime.settings import Settings
from services.runtime.store import Store

_TIMEOUT_S = 3
_PING_S = 0.5

Condition = Literal["up", "down"]


class Member(msgspec.Struct, frozen=True):
    """A server or a service; ``pid`` is its process in this folder's stack.

    ``paused`` is why a process of it takes no work just now.
    """

    name: str
    condition: Condition
    pid: int | None
    address: str
    paused: str | None = None


class Consumer(msgspec.Struct, frozen=True):
    """A durable: what waits, what is being worked on, and what came back."""

    name: str
    pending: int
    working: int
    redelivered: int


class StreamState(msgspec.Struct, frozen=True):
    """A stream and its durables."""

    name: str
    messages: int
    size_bytes: int
    consumers: list[Consumer]


class _Pong(msgspec.Struct):
    """What a process answers to a ping."""

    name: str
    metadata: dict[str, str] = {}

    @property
    def paused(self) -> str | None:
        said = self.metadata.get(INTAKE, OPEN)
        return None if said == OPEN else said


async def servers(target: Target, nats: Client | None) -> list[Member]:
    """Ask NATS, PostgreSQL, the store and the gateway."""
    settings = target.settings
    database_url = settings.database_url.get_secret_value()
    database, store, gateway = await asyncio.gather(
        _database_answers(database_url), _store_answers(settings), _gateway_answers(target.gateway_url)
    )
    return [
        _member(target, "nats", nats is not None, settings.nats_url),
        _member(target, "postgres", database, database_url.rpartition("@")[2]),
        _member(target, "seaweedfs", store, settings.store_url),
        _member(target, "http api", gateway, target.gateway_url),
    ]


async def services(target: Target, nats: Client | None) -> list[Member]:
    """Ask the services, as ``nats micro ping`` does; those that run here and do not answer are down."""
    answered = await _pinged(nats) if nats else {}
    local = set(target.running.health_ports) if target.running else set()
    return [
        _member(target, name, name in answered, paused=answered.get(name)) for name in sorted(local | set(answered))
    ]


async def streams(nats: Client) -> list[StreamState]:
    """Return the streams with their durables; readers without a name are left out."""
    js = nats.jetstream()
    found = []
    for stream in sorted(await js.streams_info(), key=lambda info: info.config.name or ""):
        name = stream.config.name or ""
        consumers = [
            Consumer(known.name, known.num_pending or 0, known.num_ack_pending or 0, known.num_redelivered or 0)
            for known in await js.consumers_info(name)
            if known.config.durable_name
        ]
        consumers.sort(key=lambda consumer: consumer.name)
        found.append(StreamState(name, stream.state.messages, stream.state.bytes, consumers))
    return found


def _member(target: Target, name: str, answers: bool, address: str = "", paused: str | None = None) -> Member:
    pid = target.running.pids.get(name) if target.running else None
    return Member(name, "up" if answers else "down", pid, address, paused)


async def _pinged(nats: Client) -> dict[str, str | None]:
    """Return the services of which a process answers, and why one of them takes no work."""
    inbox = nats.new_inbox()
    subscription = await nats.subscribe(inbox)
    await nats.publish("$SRV.PING", reply=inbox)
    answered: dict[str, str | None] = {}
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_PING_S):
            async for message in subscription.messages:
                pong = msgspec.json.decode(message.data, type=_Pong)
                answered[pong.name] = answered.get(pong.name) or pong.paused
    await subscription.unsubscribe()
    return answered


async def _database_answers(url: str) -> bool:
    try:
        connection = await asyncpg.connect(url, timeout=_TIMEOUT_S)
        await connection.close(timeout=_TIMEOUT_S)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
        return False
    return True


async def _store_answers(settings: Settings) -> bool:
    try:
        async with asyncio.timeout(_TIMEOUT_S), Store.connect(settings) as store:
            await store.head(UPLOADS)
    except (HeadraceError, TimeoutError):
        return False
    return True


async def _gateway_answers(url: str) -> bool:
    try:
        async with httpx.AsyncClient(base_url=url, timeout=_TIMEOUT_S, trust_env=False) as client:
            return (await client.get("/healthz")).is_success
    except httpx.TransportError:
        return False
