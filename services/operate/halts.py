"""Pausing, resuming and draining: JetStream holds messages back, and keeps doing so whatever is started anew.

A pause ends no work. A drain is a pause of all that a service reads, and says whether its processes have finished.
"""

import asyncio
from datetime import UTC, datetime, timedelta

from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from contracts.v1.operate import DrainAsked, Drained, Halted, HaltedDurable, PauseAsked, ResumeAsked, Worker
from services.operate.decide import Bound, meant
from services.operate.refusals import Refused
from services.operate.topology import DURABLES
from services.operate.workers import workers_of

# The server wants a time; nobody waits for this one.
_UNTIL_RESUMED = timedelta(days=36_500)
_LONG_AGO = datetime.fromtimestamp(0, UTC)
_DRAIN_WITHIN_S = 3.0
# What waits for its next try is out, too, but in nobody's hand. Then processes are believed that say twice, and in
# more time than others have for a status, that they have nothing.
_LOOKS = 2
_SILENCE_S = 0.75


async def pause(nats: Client, asked: PauseAsked) -> Halted:
    """Have durables deliver nothing more for a time, or until they are resumed; who has a message finishes it.

    Raises: Refused: ``nothing_meant``, ``durable_missing``.
    """
    lasting = _UNTIL_RESUMED if asked.for_s is None else timedelta(seconds=asked.for_s)
    return await _halted(nats, meant(asked, DURABLES), datetime.now(UTC) + lasting)


async def resume(nats: Client, asked: ResumeAsked) -> Halted:
    """Have durables deliver again, whatever stopped them: a pause or a drain.

    Raises: Refused: ``nothing_meant``, ``durable_missing``.
    """
    return await _halted(nats, meant(asked, DURABLES), _LONG_AGO)


async def drain(nats: Client, asked: DrainAsked) -> Drained:
    """Have a service's processes take nothing new, and say whether they have finished what they had.

    Raises: Refused: ``nothing_meant``, ``durable_missing``.
    """
    js = nats.jetstream()
    halted = await pause(nats, PauseAsked(service=asked.service))
    workers: list[Worker] = []
    idle_looks = 0
    clock = asyncio.get_running_loop().time
    give_up_at = clock() + _DRAIN_WITHIN_S
    while idle_looks < _LOOKS and clock() < give_up_at:
        workers = (await workers_of(nats, asked.service, _SILENCE_S)).get(asked.service, [])
        if any(worker.at_work for worker in workers):
            idle_looks = 0
        else:
            idle_looks = idle_looks + 1 if await _is_out(js, halted) else _LOOKS
    return Drained(service=asked.service, is_drained=idle_looks == _LOOKS, workers=workers, durables=halted.durables)


async def _is_out(js: JetStreamContext, halted: Halted) -> bool:
    """Tell whether a message was delivered and is not settled."""
    infos = await asyncio.gather(*(js.consumer_info(durable.stream, durable.name) for durable in halted.durables))
    return any(info.num_ack_pending for info in infos)


async def _halted(nats: Client, durables: list[Bound], until: datetime) -> Halted:
    js = nats.jetstream()
    return Halted(durables=list(await asyncio.gather(*(_halt(js, bound, until) for bound in durables))))


async def _halt(js: JetStreamContext, bound: Bound, until: datetime) -> HaltedDurable:
    stream, name, service = bound
    try:
        state = await js.pause_consumer(stream, name, until.isoformat())
    except NotFoundError as error:
        message = f"The durable {name} is not there; make it with: python -m infra.nats.topology"
        raise Refused(404, "durable_missing", message) from error
    return HaltedDurable(name=name, stream=stream, service=service, paused_until=until if state.paused else None)
