"""Messages that should not be: what does not decode, and facts that come again and in another order."""

import asyncio
import time
from random import Random

from contracts.codec import decode_dead_letter
from infra.nats.topology import DEAD, TOPOLOGY
from services.runtime import follow
from tests.chaos.fault import Fault
from tests.chaos.stack import NAMES
from tests.chaos.witness import OURS
from tests.chaos.world import World

_PATIENCE_S = 120.0
_POISONS = (
    b"\xff no JSON",
    b"",
    b'{"type": "asset.unheard", "Records": 7}',
    b'{"type": "asset.ingested", "asset_id": 7, "Records": 7}',
)


async def poison(world: World, rng: Random, number: int) -> float:
    """Publish what does not decode on a subject of every durable; it must be parked, whole, and hold up nothing."""
    js, payload = world.log.js, _POISONS[number % len(_POISONS)]
    durables = [durable for stream in TOPOLOGY if stream is not DEAD for durable in stream.durables]
    # A service may need more than the embedded stack has, and not run there.
    read = [durable for durable in durables if durable.service in NAMES]
    subjects = sorted({subject for durable in read for subject in durable.subjects})
    parked = set()
    for subject in subjects:
        ack = await js.publish(_one_of(subject), payload, headers={OURS: "1"})
        parked.add((ack.stream, ack.seq))
    at = time.time()
    async with asyncio.timeout(_PATIENCE_S):
        while missing := parked - await _letters(world, payload):
            await asyncio.sleep(0.1)
    assert not missing
    return at


def _one_of(subject_filter: str) -> str:
    return subject_filter.replace("*", "poison").replace(">", "poison")


async def _letters(world: World, payload: bytes) -> set[tuple[str, int]]:
    messages = await follow.page(world.log.js, "DEAD", ("dead.v1.poison.>",), 0, 1 << 30)
    letters = [decode_dead_letter(message.data) for message in messages]
    return {(letter.stream, letter.sequence) for letter in letters if letter.payload == payload}


async def again(world: World, rng: Random, number: int) -> float:
    """Publish facts of this batch and of earlier ones once more, in another order, past the stream's own memory."""
    await asyncio.sleep(rng.uniform(0, 0.5))
    known = [one for one in world.log.facts if not one.is_ours]
    told = rng.sample(known[-60:], min(30, len(known)))
    for one in told:
        await world.log.js.publish(one.message.subject, one.message.data, headers={OURS: "1"})
    return time.time()


FAULTS = (
    Fault("poison", "poison on every durable", poison),
    Fault("again", "duplicated and reordered facts", again),
)
