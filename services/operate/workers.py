"""The processes that answer pings, and how many messages each has in hand."""

import asyncio
from collections import defaultdict
from collections.abc import Collection
from contextlib import suppress

import msgspec
from nats.aio.client import Client

from contracts.v1.operate import Worker
from services.runtime.at_work import AT_WORK
from services.runtime.intake_voice import INTAKE, OPEN

SILENCE_S = 0.25
_FIRST_WITHIN_S = 1.5


class _Pong(msgspec.Struct):
    id: str
    name: str
    metadata: dict[str, str] = {}


async def workers_of(
    nats: Client, service: str | None = None, silence_s: float = SILENCE_S, expected: Collection[str] = ()
) -> dict[str, list[Worker]]:
    """Return the processes that answer by service, as ``nats micro ping`` does; of one service, or of all.

    Nobody says how many there are: after ``silence_s`` without an answer there are no more. Services that are
    ``expected`` are waited for as long as the first answer is: their processes may be busy, or their machine.
    """
    inbox = nats.new_inbox()
    subscription = await nats.subscribe(inbox)
    found: dict[str, list[Worker]] = defaultdict(list)
    try:
        await nats.publish(f"$SRV.PING.{service}" if service else "$SRV.PING", reply=inbox)
        with suppress(TimeoutError):
            async with asyncio.timeout(_FIRST_WITHIN_S) as limit:
                async for message in subscription.messages:
                    if not message.data:
                        # The server's word that nobody listens.
                        break
                    pong = msgspec.json.decode(message.data, type=_Pong)
                    found[pong.name].append(_worker(pong))
                    if found.keys() >= set(expected):
                        limit.reschedule(asyncio.get_running_loop().time() + silence_s)
    finally:
        await subscription.unsubscribe()
    return dict(sorted(found.items()))


def _worker(pong: _Pong) -> Worker:
    at_work = pong.metadata.get(AT_WORK)
    intake = pong.metadata.get(INTAKE, OPEN)
    return Worker(
        id=pong.id, at_work=None if at_work is None else int(at_work), paused=None if intake == OPEN else intake
    )
