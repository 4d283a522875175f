"""All at once: every process killed, and a tenant that wants everything for itself."""

import asyncio
from random import Random

from tests.chaos.fault import Fault
from tests.chaos.stack import NAMES, SERVERS
from tests.chaos.world import World

FLOOD = 60


async def kill_all(world: World, rng: Random, number: int) -> float:
    """Kill every server and service at the same moment, in any order."""
    await asyncio.sleep(rng.uniform(0, 0.6))
    names = rng.sample((*SERVERS, *NAMES), len(SERVERS) + len(NAMES))
    return max(world.stack.signal(name) for name in names)


FAULTS = (Fault("all", "every process: kill -9 at once", kill_all),)
