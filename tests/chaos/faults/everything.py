"""All at once: every process killed, no room left, and a tenant that wants everything for itself."""

import asyncio
import time
from random import Random

from tests.chaos.fault import Fault
from tests.chaos.faults.servers import MOMENTS
from tests.chaos.stack import LEAST_FREE_BYTES, NAMES, SERVERS
from tests.chaos.volume import fill, fill_whole, free
from tests.chaos.world import World

FLOOD = 60
_ROOM_BYTES = 640 << 20
_LOW_S = 6.0
_FULL_S = 15.0


async def kill_all(world: World, rng: Random, number: int) -> float:
    """Kill every server and service at the same moment, in any order."""
    await asyncio.sleep(rng.uniform(0, 0.6))
    names = rng.sample((*SERVERS, *NAMES), len(SERVERS) + len(NAMES))
    return max(world.stack.signal(name) for name in names)


async def disk_low(world: World, rng: Random, number: int) -> float:
    """Leave less room than work may be taken with."""
    home = world.stack.stack.folder.path
    await asyncio.sleep(rng.uniform(0, 0.3))
    fill(home, LEAST_FREE_BYTES // 2)
    await asyncio.sleep(_LOW_S)
    free(home)
    return time.time()


async def disk_full(world: World, rng: Random, number: int) -> float:
    """Take the last byte while work is under way, and every byte that anybody gives back, for a while."""
    home = world.stack.stack.folder.path
    await world.log.next(rng.choice(MOMENTS))
    try:
        ends = time.monotonic() + _FULL_S
        while time.monotonic() < ends:
            fill_whole(home)
            await asyncio.sleep(0.1)
    finally:
        free(home)
    return time.time()


async def flood(world: World, rng: Random, number: int) -> float:
    """Drop many files of one tenant; what recovers is another tenant's batch, which comes at the same time."""
    began = time.time()
    clip = world.load.clips["chunks"]
    await asyncio.gather(*(world.load.drop(clip, tenant="flood") for _ in range(FLOOD)))
    return began


FAULTS = (
    Fault("disk-low", "disk nearly full", disk_low, injections=3, room_bytes=_ROOM_BYTES),
    Fault("disk-full", "disk full to the last byte", disk_full, injections=2, room_bytes=_ROOM_BYTES),
    Fault("flood", f"a tenant floods with {FLOOD} files: what another one waits", flood, injections=3),
    Fault("all", "every process: kill -9 at once", kill_all),
)
