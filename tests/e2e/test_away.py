"""NATS, PostgreSQL and the store away: services wait without working the processor, and go on by themselves.

``HEADRACE_TEST_AWAY_S`` says for how long; minutes are for whoever has them.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import nats
import pytest
from nats.aio.client import Client

from contracts.v1 import AssetReady, QualityMeasured
from infra.local.ports import free_port
from infra.local.stack import Stack, embedded
from infra.local.up import headrace
from services.runtime.store import Store
from tests.door import Door
from tests.e2e.conftest import IN_TIME
from tests.media import make_clip
from tests.processes import cpu_s
from tests.watch import facts_until, id_of

AWAY_S = float(os.environ.get("HEADRACE_TEST_AWAY_S", "6"))
MOST_BUSY = 0.05
LOOKS = 3
"""Where a machine is slow, what was begun before may last into the first of them."""
_ADDRESSES = {"nats": "HEADRACE_NATS_URL", "postgres": "HEADRACE_DATABASE_URL", "store": "HEADRACE_STORE_URL"}


@asynccontextmanager
async def doors_before(servers: Stack) -> AsyncIterator[tuple[dict[str, Door], dict[str, str]]]:
    """Put a door before each server; yield the doors and the settings that lead through them."""
    doors, environment = dict[str, Door](), dict(servers.environment)
    async with AsyncExitStack() as stack:
        for name, variable in _ADDRESSES.items():
            port = servers.folder.ports[name]
            doors[name] = Door(free_port({door.port for door in doors.values()}), port)
            environment[variable] = environment[variable].replace(f":{port}", f":{doors[name].port}")
            await doors[name].open()
            stack.push_async_callback(doors[name].shut)
        environment["HEADRACE_GATEWAY_PORT"] = str(free_port(set()))
        yield doors, environment


@pytest.fixture(scope="module")
async def own(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    async with embedded(tmp_path_factory.mktemp("servers"), environment={}) as servers:
        yield servers


@pytest.fixture(scope="module")
async def behind(own: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[dict[str, Door], Stack]]:
    """Run all services behind doors."""
    async with (
        doors_before(own) as (doors, environment),
        headrace(tmp_path_factory.mktemp("services"), environment=environment | IN_TIME) as stack,
    ):
        yield doors, stack


@pytest.fixture
async def inside(own: Stack) -> AsyncIterator[Client]:
    """Return a connection to NATS that goes through no door."""
    password = own.settings.nats_password
    assert password is not None
    connection = await nats.connect(
        own.settings.nats_url, user=own.settings.nats_user, password=password.get_secret_value()
    )
    yield connection
    await connection.close()


async def put(servers: Stack, key: str, clip: Path) -> str:
    """Put a clip into the bucket, by no door, and return its asset's id."""
    async with Store.connect(servers.settings) as store:
        await store.put(key, clip.read_bytes(), content_type="video/mp4")
        return await id_of(store, key)


async def busy_for(seconds: float, pids: dict[str, int]) -> dict[str, float]:
    """Return who is busy for a time, and with what share of a processor."""
    clock = asyncio.get_running_loop().time
    before, started = {name: cpu_s(pid) for name, pid in pids.items()}, clock()
    await asyncio.sleep(seconds)
    wall_s = clock() - started
    busy = {name: (cpu_s(pid) - before[name]) / wall_s for name, pid in pids.items()}
    return {name: share for name, share in busy.items() if share > MOST_BUSY}


@pytest.mark.parametrize("away", [("nats",), ("postgres",), ("store",), ("nats", "postgres", "store")])
async def test_services_idle_while_servers_are_away_and_go_on_by_themselves(
    behind: tuple[dict[str, Door], Stack], own: Stack, inside: Client, away: tuple[str, ...], tmp_path: Path
) -> None:
    doors, stack = behind
    key = f"uploads/{'-'.join(away)}.mp4"
    clip = make_clip(tmp_path / "clip.mp4", width=320, height=180, frames=60)
    pids = dict(stack.running.pids)
    for name in away:
        await doors[name].shut()
    if away != ("postgres",):
        asset_id = await put(own, key, clip)
    for _ in range(LOOKS):
        busy = await busy_for(AWAY_S, pids)
        assert stack.running.pids == pids, "a service ended for want of a server"
        if not busy:
            break
    assert busy == {}
    if away == ("postgres",):
        # Only the catalog needs the database: all others would have worked on it.
        asset_id = await put(own, key, clip)
    for name in away:
        await doors[name].open()
    facts = await facts_until(inside, asset_id, QualityMeasured)
    # What is left to do would be counted as idling of the next.
    assert AssetReady in {type(fact) for fact in facts}
