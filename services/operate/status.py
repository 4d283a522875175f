"""How everything is: streams and durables, processes that answer, dead letters. All of it is asked of NATS alone."""

import asyncio
from collections.abc import Collection, Iterator
from datetime import UTC, datetime

import msgspec
from nats.aio.client import Client
from nats.errors import NoRespondersError
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js import JetStreamContext
from nats.js.api import ConsumerInfo
from nats.js.errors import NotFoundError

from contracts.lateness import SUBJECT, Lateness
from contracts.v1.operate import CONSOLE, DeadCount, DurableState, ServiceState, Status, StreamState
from infra.nats.stream import Durable, Stream
from infra.nats.topology import TOPOLOGY
from services.operate.workers import workers_of

_DEAD = "DEAD"
_LETTER_TOKENS = 4
_PATIENCE_S = 1.5


async def status_of(nats: Client, known: Collection[str] = ()) -> Status:
    """Return how everything is; what the topology states and is not there is left out.

    ``known`` are services that should answer, beside those that have a durable to read.
    """
    js = nats.jetstream()
    expected = {durable.service for stream in TOPOLOGY for durable in stream.durables} | set(known)
    workers, streams, dead, lateness = await asyncio.gather(
        workers_of(nats, expected=expected),
        asyncio.gather(*(_stream(js, stream) for stream in TOPOLOGY)),
        _dead(js),
        _lateness(nats),
    )
    # The console is no process of its own: that is `operate`.
    names = expected | workers.keys() - {CONSOLE}
    return Status(
        at=datetime.now(UTC),
        streams=[stream for stream in streams if stream is not None],
        services=[ServiceState(name=name, workers=workers.get(name, [])) for name in sorted(names)],
        dead=dead,
        lateness=lateness,
    )


def paused_until(info: ConsumerInfo) -> datetime | None:
    """Return until when a durable is paused, None when it delivers."""
    until = info.config.pause_until
    return datetime.fromisoformat(until) if info.paused and until else None


async def _stream(js: JetStreamContext, stream: Stream) -> StreamState | None:
    try:
        state = (await js.stream_info(stream.name)).state
    except NotFoundError:
        return None
    durables = await asyncio.gather(*(_durable(js, stream.name, durable) for durable in stream.durables))
    return StreamState(
        name=stream.name,
        messages=state.messages,
        size_bytes=state.bytes,
        durables=[durable for durable in durables if durable is not None],
    )


async def _durable(js: JetStreamContext, stream: str, durable: Durable) -> DurableState | None:
    try:
        info = await js.consumer_info(stream, durable.name)
    except NotFoundError:
        return None
    return DurableState(
        name=durable.name,
        service=durable.service,
        waiting=info.num_pending or 0,
        working=info.num_ack_pending or 0,
        redelivered=info.num_redelivered or 0,
        paused_until=paused_until(info),
    )


async def _lateness(nats: Client) -> Lateness | None:
    try:
        answer = await nats.request(SUBJECT, b"", timeout=_PATIENCE_S)
    except (NoRespondersError, NatsTimeoutError):
        return None
    return msgspec.json.decode(answer.data, type=Lateness)


async def _dead(js: JetStreamContext) -> list[DeadCount]:
    try:
        info = await js.stream_info(_DEAD, subjects_filter="dead.>")
    except NotFoundError:
        return []
    return list(_counts(info.state.subjects or {}))


def _counts(subjects: dict[str, int]) -> Iterator[DeadCount]:
    for subject, letters in sorted(subjects.items()):
        tokens = subject.split(".")
        if len(tokens) == _LETTER_TOKENS:
            yield DeadCount(reason=tokens[2], service=tokens[3], letters=letters)
