"""Services that are killed, stopped for a while, or told to end, one after the other, with work in hand."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from random import Random

from contracts.v1 import AssetIngested, AssetPlanned, AssetPurged, ChunkEncoded, DownloadMade
from infra.nats.stream import ACK_WAIT_S
from tests.chaos.fault import Fault
from tests.chaos.load import Upload
from tests.chaos.proxy import Trouble
from tests.chaos.stack import NAMES
from tests.chaos.world import World
from tests.moments import MOMENTS
from tests.processes import children_of
from tests.range_server import serving
from tests.watch import made

STOPPED = ("probe", "ladder_encode", "thumbnail", "package", "finalize")
_SLOWER = Trouble(delay_s=0.15)
_WAITING = Trouble(delay_s=2.0, meant=lambda head: head.startswith("GET /media/uploads/"))


async def imported(world: World, strike: Callable[[], float]) -> float:
    """Have a file fetched, strike, and see that it arrives."""
    path = world.load.folder / "imported.mp4"
    clip = world.load.clips["copied"]
    path.write_bytes(clip.body)
    with serving(path) as server:
        asset_id = (
            (await world.http.post("/v1/assets", json={"input": server.url})).raise_for_status().json()["asset_id"]
        )
        at = strike()
        await world.log.until(lambda: world.log.end_of(asset_id))
    world.load.acked.append(Upload(asset_id, clip, "import", time.time()))
    return at


async def downloaded(world: World, strike: Callable[[], float]) -> float:
    """Have a rung made one file, strike, and see that it is made."""
    asset_id = await _ready(world)
    (await world.http.post(f"/v1/assets/{asset_id}/downloads", json={"rung": "90p"})).raise_for_status()
    at = strike()
    await _told(world, asset_id, DownloadMade)
    return at


async def purged(world: World, strike: Callable[[], float]) -> float:
    """Purge an asset, strike, and see that nothing is left of it."""
    asset_id = await _ready(world)
    (await world.http.delete(f"/v1/assets/{asset_id}", params={"purge": "true"})).raise_for_status()
    at = strike()
    await _told(world, asset_id, AssetPurged)
    world.load.acked[:] = [upload for upload in world.load.acked if upload.asset_id != asset_id]
    assert not await made(world.store, asset_id), f"objects are left of {asset_id}, which was purged"
    return at


ERRANDS: dict[str, Callable[[World, Callable[[], float]], Awaitable[float]]] = {
    "fetch": imported,
    "remux": downloaded,
    "withdraw": purged,
}
"""What gives those something to do that an upload alone does not."""


async def _ready(world: World) -> str:
    upload = await world.load.drop(world.load.clips["copied"])
    await world.log.until(lambda: world.log.end_of(upload.asset_id))
    # The gateway knows it from the catalog.
    async with asyncio.timeout(60):
        while (await world.http.get(f"/v1/assets/{upload.asset_id}")).json().get("state") != "ready":
            await asyncio.sleep(0.1)
    return upload.asset_id


async def _told(world: World, asset_id: str, kind: type[DownloadMade | AssetPurged]) -> None:
    def told() -> bool | None:
        return any(one.fact.asset_id == asset_id and isinstance(one.fact, kind) for one in world.log.facts) or None

    await world.log.until(told)


@asynccontextmanager
async def _in_trouble(world: World, trouble: Trouble) -> AsyncIterator[None]:
    world.stack.proxy.trouble = trouble
    try:
        yield
    finally:
        world.stack.proxy.trouble = None


async def _strike(world: World, rng: Random, name: str, number: signal.Signals) -> float:
    """Signal a service in the middle of its work, and return once another process does that work."""
    before = world.stack.pid(name)

    def strike() -> float:
        return world.stack.signal(name, number)

    async with _in_trouble(world, _SLOWER):
        if (errand := ERRANDS.get(name)) is not None:
            at = await errand(world, strike)
        else:
            await world.log.next(MOMENTS[name] or AssetIngested)
            await asyncio.sleep(rng.uniform(0, 0.2))
            at = strike()
    await world.stack.comes_back(name, before)
    return at


async def kill_service(world: World, rng: Random, number: int) -> float:
    """Kill each service in its turn."""
    return await _strike(world, rng, NAMES[number % len(NAMES)], signal.SIGKILL)


async def end_service(world: World, rng: Random, number: int) -> float:
    """Ask each service in its turn to end; it must do so by itself."""
    name = NAMES[number % len(NAMES)]
    return await _strike(world, rng, name, signal.SIGTERM)


async def stop_worker(world: World, rng: Random, number: int) -> float:
    """Stop one of two replicas until others have its work, then let it go on with what it had in hand."""
    name = STOPPED[number % len(STOPPED)]
    async with _in_trouble(world, _SLOWER):
        await world.log.next(MOMENTS[name] or AssetIngested)
        chosen = rng.choice([name, f"{name}-2"])
        world.stack.signal(chosen, signal.SIGSTOP)
    try:
        await asyncio.sleep(ACK_WAIT_S + 3.0)
    finally:
        at = world.stack.signal(chosen, signal.SIGCONT)
    return at


async def long_task(world: World, rng: Random, number: int) -> float:
    """Let a chunk take far longer than silence is taken for death: its process of media work stands still meanwhile."""
    async with _in_trouble(world, _WAITING):
        await world.log.next(AssetPlanned)
        encoder = world.stack.pid("ladder_encode")
        assert encoder is not None
        async with asyncio.timeout(60):
            while not (at_work := [child for fork in children_of(encoder) for child in children_of(fork)]):
                await asyncio.sleep(0.01)
        signalled(at_work, signal.SIGSTOP)
    heard = len(world.log.facts)
    await asyncio.sleep(2.5 * ACK_WAIT_S)
    signalled(at_work, signal.SIGCONT)
    await world.log.next(ChunkEncoded)
    again = [one for one in world.log.facts[heard:] if "Headrace-Recovered" in (one.message.headers or {})]
    assert not again, f"{len(again)} tasks were handed out again while somebody was at them"
    return time.time()


def signalled(pids: list[int], number: signal.Signals) -> None:
    """Signal processes, those that are still there."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


FAULTS = (
    Fault("services", "each service: kill -9 in mid-task", kill_service, injections=2 * len(NAMES)),
    Fault("sigterm", "each service: SIGTERM", end_service, injections=len(NAMES)),
    Fault("sigstop", "a worker stopped past the ack wait, then continued", stop_worker, 10, STOPPED),
    Fault("long-task", "a task of 2.5 ack waits", long_task, injections=3),
)
