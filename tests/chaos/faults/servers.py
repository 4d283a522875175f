"""Servers that are killed: the store in the middle of a write, NATS in the middle of publications, PostgreSQL."""

import asyncio
import time
from random import Random

from contracts.v1 import AnyFact, AssetIngested, AssetPackaged, AssetPlanned, AssetProbed, ChunkEncoded, ThumbnailMade
from tests.chaos.fault import Fault, Strike
from tests.chaos.proxy import Match
from tests.chaos.stack import NAMES
from tests.chaos.world import World
from tests.processes import cpu_s

MOST_BUSY = 0.05
_LAST_WORK_S, _IDLE_S = 35.0, 90.0

MOMENTS: tuple[type[AnyFact], ...] = (
    AssetIngested, AssetProbed, AssetPlanned, ChunkEncoded, ThumbnailMade, AssetPackaged,
)  # fmt: skip
"""Facts after which something is under way."""


def _puts(*keys: str) -> Match:
    return lambda head: head.startswith("PUT ") and any(f"/media/{key}" in head.split(" ", 2)[1] for key in keys)


def _is_part(head: str) -> bool:
    return "partNumber=" in head.split(" ", 2)[1]


def _is_completion(head: str) -> bool:
    return head.startswith("POST ") and "uploadId=" in head.split(" ", 2)[1]


async def kill_store_in_put(world: World, rng: Random, number: int) -> float:
    """Kill the store while it is sent an original, or an output."""
    await world.stack.proxy.passes(_puts(rng.choice(["uploads/", "assets/"])))
    return world.stack.signal("seaweedfs")


async def kill_store_in_multipart(world: World, rng: Random, number: int) -> float:
    """Kill the store while it is sent a part, or told to join them; every fifth time beside a large file."""
    large = asyncio.create_task(world.load.large(world.load.clips["copied"])) if number % 5 == 0 else None
    await world.stack.proxy.passes(rng.choice([_is_part, _is_completion]))
    at = world.stack.signal("seaweedfs")
    if large is not None:
        await large
    return at


async def kill_feed_and_store(world: World, rng: Random, number: int) -> float:
    """Kill the feed and the store at once, just after an original was written."""
    await world.stack.proxy.passes(_puts("uploads/"))
    await asyncio.sleep(rng.uniform(0, 0.05))
    world.stack.signal("feed")
    return world.stack.signal("seaweedfs")


async def kill_nats(world: World, rng: Random, number: int) -> float:
    """Kill NATS while services publish."""
    await world.log.next(rng.choice(MOMENTS))
    await asyncio.sleep(rng.uniform(0, 0.05))
    return world.stack.signal("nats")


async def kill_postgres(world: World, rng: Random, number: int) -> float:
    """Kill PostgreSQL while the catalog follows."""
    await world.log.next(rng.choice(MOMENTS))
    return world.stack.signal("postgres")


def _away(name: str, for_s: float) -> Strike:
    async def strike(world: World, rng: Random, number: int) -> float:
        await world.log.next(rng.choice(MOMENTS))
        await world.stack.keep_down(name)
        await asyncio.sleep(for_s)
        await world.stack.bring_up(name)
        return time.time()

    return strike


async def nats_away(world: World, rng: Random, number: int) -> float:
    """Keep NATS away for two minutes, of which services that wait for it are idle once their work is done."""
    await world.log.next(rng.choice(MOMENTS))
    await world.stack.keep_down("nats")
    await asyncio.sleep(_LAST_WORK_S)
    pids = {name: pid for name in NAMES if (pid := world.stack.pid(name)) is not None}
    before, began = {name: cpu_s(pid) for name, pid in pids.items()}, time.monotonic()
    await asyncio.sleep(_IDLE_S)
    wall_s = time.monotonic() - began
    stayed = {name: pid for name, pid in pids.items() if world.stack.pid(name) == pid}
    busy = {name: (cpu_s(pid) - before[name]) / wall_s for name, pid in stayed.items()}
    await world.stack.bring_up("nats")
    back = time.time()
    assert stayed == pids, f"ended for want of NATS: {', '.join(sorted(pids.keys() - stayed.keys()))}"
    worked = {name: f"{share:.0%}" for name, share in busy.items() if share > MOST_BUSY}
    assert not worked, f"were not idle while NATS was away: {worked}"
    return back


FAULTS = (
    Fault("store-put", "store: kill -9 during PUT", kill_store_in_put),
    Fault("store-multipart", "store: kill -9 during multipart", kill_store_in_multipart),
    Fault("feed-store", "feed and store: kill -9", kill_feed_and_store),
    Fault("nats", "NATS: kill -9 in mid-publish", kill_nats, injections=20),
    Fault("postgres", "PostgreSQL: kill -9", kill_postgres, injections=20),
    Fault("nats-away", "NATS: away for 125 s", nats_away, injections=1),
    Fault("store-away", "store: away for 60 s", _away("seaweedfs", 60), injections=2),
    Fault("postgres-away", "PostgreSQL: away for 60 s", _away("postgres", 60), injections=2),
)
