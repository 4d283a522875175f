"""What answers: the servers, and the services."""

import asyncio
from typing import Literal

import asyncpg
import httpx
import msgspec

from contracts.keys import UPLOADS
from contracts.v1.operate import Status, Worker
from services.cli.target import Target
from services.runtime.errors import HeadraceError
from services.runtime.settings import Settings
from services.runtime.store import Store

# What is down refuses at once; a machine that is busy with other things answers late.
_TIMEOUT_S = 10

Condition = Literal["up", "down"]


class Member(msgspec.Struct, frozen=True):
    """A server or a service; ``pid`` is its process in this folder's stack.

    Of a service, ``processes`` answer, and have ``at_work`` messages in hand; ``paused`` is why one of them takes no
    work just now.
    """

    name: str
    condition: Condition
    pid: int | None
    address: str = ""
    paused: str | None = None
    processes: int | None = None
    at_work: int | None = None


async def servers(target: Target, *, up: bool) -> list[Member]:
    """Ask PostgreSQL, the store and the gateway; ``up`` says whether NATS answers."""
    settings = target.settings
    database_url = settings.database_url.get_secret_value()
    database, store, gateway = await asyncio.gather(
        _database_answers(database_url), _store_answers(settings), _gateway_answers(target.gateway_url)
    )
    return [
        _member(target, "nats", up, settings.nats_url),
        _member(target, "postgres", database, database_url.rpartition("@")[2]),
        _member(target, "seaweedfs", store, settings.store_url),
        _member(target, "http api", gateway, target.gateway_url),
    ]


def services(target: Target, status: Status | None) -> list[Member]:
    """Return the services that answered, and those that should: they run here, or have a durable to read."""
    known = {service.name: service.workers for service in status.services} if status else {}
    local = set(target.running.health_ports) if target.running else set()
    return [_service(target, name, known.get(name, [])) for name in sorted(local | set(known))]


def _service(target: Target, name: str, workers: list[Worker]) -> Member:
    at_work = [worker.at_work for worker in workers if worker.at_work is not None]
    return msgspec.structs.replace(
        _member(target, name, bool(workers)),
        processes=len(workers),
        at_work=sum(at_work) if at_work else None,
        paused=next((worker.paused for worker in workers if worker.paused), None),
    )


def _member(target: Target, name: str, answers: bool, address: str = "") -> Member:
    pid = target.running.pids.get(name) if target.running else None
    return Member(name, "up" if answers else "down", pid, address)


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
