"""A store that answers, but not as it should: busy, refusing conditional writes, slow."""

import asyncio
import time
from random import Random

from tests.chaos.fault import Fault, Strike
from tests.chaos.proxy import Trouble
from tests.chaos.world import World


def _is_conditional(head: str) -> bool:
    return head.startswith("PUT ") and ("\r\nif-match:" in head.lower() or "\r\nif-none-match:" in head.lower())


def _lasting(trouble: Trouble, least_s: float, most_s: float) -> Strike:
    async def strike(world: World, rng: Random, number: int) -> float:
        await asyncio.sleep(rng.uniform(0, 0.3))
        world.stack.proxy.trouble = trouble
        await asyncio.sleep(rng.uniform(least_s, most_s))
        world.stack.proxy.trouble = None
        return time.time()

    return strike


FAULTS = (
    Fault("store-503", "store: answers 503 for 2 to 8 s", _lasting(Trouble(503), 2, 8)),
    Fault("store-503-half", "store: every other answer is 503 for 5 s", _lasting(Trouble(503, share=0.5), 5, 5)),
    Fault(
        "store-412",
        "store: refuses conditional writes with 412 for 5 s",
        _lasting(Trouble(412, meant=_is_conditional), 5, 5),
    ),
    Fault("store-slow", "store: every answer takes 1 s longer for 5 s", _lasting(Trouble(delay_s=1.0), 5, 5)),
)
