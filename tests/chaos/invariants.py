"""What must hold whatever happened; each check returns a sentence for every violation."""

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import asyncpg

from contracts.keys import DEFAULT_TENANT
from contracts.v1 import AssetFailed, AssetReady
from infra.nats.topology import TOPOLOGY
from services.catalog import tables
from services.catalog.tables import Batch
from services.runtime.store import Store
from tests.chaos.witness import Stated
from tests.chaos.world import World
from tests.watch import made

PATIENCE_S = 180.0
_POLL_S = 0.1

Undisturbed = dict[str, dict[str, str]]
"""By clip: the outputs of an undisturbed run, as etags by what their keys end with."""


async def fingerprint(store: Store, asset_id: str) -> dict[str, str]:
    """Return the etags of an asset's outputs, by what their keys end with; files to download are made on demand."""
    outputs = await made(store, asset_id)
    return {key.partition(asset_id)[2]: found.etag for key, found in outputs.items() if "/downloads/" not in key}


async def violations(world: World, undisturbed: Undisturbed, *, webhooks: bool) -> dict[str, list[str]]:
    """Return what does not hold, by the names of the invariants; waits until nothing is left to be done."""
    left = await _settled(lambda: backlog(world))
    log = await world.log.whole()
    return {
        "lost": lost(world, log),
        "stuck": stuck(world) + [f"{count} messages wait in {name}" for name, count in left],
        "wrong": wrong(world),
        "twice": [*twice(log), *await heard(world, log), *(await delivered(world, log) if webhooks else [])],
        "differs": await differing(world, undisturbed),
        "catalog": await catalog(world, log),
    }


async def backlog(world: World) -> list[tuple[str, int]]:
    """Return the durables that still have something to deliver or to be acknowledged, and how much."""
    js = world.log.js
    infos = [info for stream in TOPOLOGY for info in await js.consumers_info(stream.name) if info.config.durable_name]
    return [(info.name, left) for info in infos if (left := (info.num_pending or 0) + (info.num_ack_pending or 0))]


def lost(world: World, log: Iterable[Stated]) -> list[str]:
    """Return the acknowledged uploads that nothing tells of, and the facts that were told and are gone."""
    told = {(one.sequence, one.message.data) for one in log}
    known = {one.fact.asset_id for one in log}
    return [
        *(f"no fact about {upload}" for upload in world.load.acked if upload.asset_id not in known),
        *(f"{one.sequence} is gone" for one in world.log.facts if (one.sequence, one.message.data) not in told),
    ]


def stuck(world: World) -> list[str]:
    """Return the acknowledged uploads that neither became ready nor failed."""
    return [
        f"{upload.clip.name} {upload.asset_id} by {upload.way} is not resolved"
        for upload in world.load.acked
        if world.log.end_of(upload.asset_id) is None
    ]


def wrong(world: World) -> list[str]:
    """Return the uploads that ended otherwise than they must."""
    found = []
    for upload in world.load.acked:
        end = world.log.end_of(upload.asset_id)
        code = end.fact.code if end is not None and isinstance(end.fact, AssetFailed) else None
        if end is not None and code != upload.clip.code:
            found.append(f"{upload.clip.name} {upload.asset_id} by {upload.way} ended with {code}")
    return found


def twice(log: Iterable[Stated]) -> list[str]:
    """Return the facts that services stated twice, and the assets that became ready twice."""
    own = [one for one in log if not one.is_ours]
    ids = Counter((one.message.headers or {})["Nats-Msg-Id"] for one in own)
    ready = Counter(one.fact.asset_id for one in own if isinstance(one.fact, AssetReady))
    return [
        *(f"{identity} was stated {count} times" for identity, count in ids.items() if count > 1),
        *(f"{asset_id} became ready {count} times" for asset_id, count in ready.items() if count > 1),
    ]


async def heard(world: World, log: Iterable[Stated]) -> list[str]:
    """Return the events that a listener, cut off and back again and again, heard twice or not at all."""
    owed = {one.sequence for one in log if one.fact.tenant == DEFAULT_TENANT}
    events = world.listener.events
    missing = await _settled(lambda: _later(sorted(owed - {event["sequence"] for event in events})))
    counted = Counter(event["sequence"] for event in events)
    return [
        *(f"event {sequence} was never heard" for sequence in missing),
        *(f"event {sequence} was heard {count} times" for sequence, count in counted.items() if count > 1),
    ]


async def delivered(world: World, log: Iterable[Stated]) -> list[str]:
    """Return the events that no webhook told of, and those told under two ids, so that a receiver takes both."""
    owed = {one.sequence for one in log if one.fact.tenant == DEFAULT_TENANT}
    receiver = world.receiver
    missing = await _settled(lambda: _later(sorted(owed - {event["sequence"] for event in receiver.events})))
    ids: dict[bytes, set[str]] = {}
    for headers, body in receiver.requests:
        ids.setdefault(body, set()).add(headers["webhook-id"])
    return [
        *(f"event {sequence} was never delivered" for sequence in missing),
        *(f"{body.decode()} was delivered as {sorted(own)}" for body, own in ids.items() if len(own) > 1),
    ]


async def differing(world: World, undisturbed: Undisturbed) -> list[str]:
    """Return the assets whose outputs are not those of the undisturbed run, object by object."""
    found = []
    for upload in world.load.acked:
        if upload.clip.code is None and world.log.end_of(upload.asset_id) is not None:
            own, expected = await fingerprint(world.store, upload.asset_id), undisturbed[upload.clip.name]
            wrong_keys = sorted(key for key in own.keys() | expected.keys() if own.get(key) != expected.get(key))
            if wrong_keys:
                found.append(f"{upload.clip.name} {upload.asset_id} by {upload.way} differs in {wrong_keys}")
    return found


async def catalog(world: World, log: list[Stated]) -> list[str]:
    """Return the rows of the catalog that are not what the log folds to."""
    connection = await asyncpg.connect(world.settings.database_url.get_secret_value())
    try:
        behind = await _settled(lambda: _behind(connection, log[-1].sequence))
        # Idle work, such as measuring, goes on stating facts meanwhile: rows are of the log up to their checkpoint.
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            reached = await tables.checkpoint(connection)
            found = [tuple(row) for row in await connection.fetch(f"SELECT {', '.join(tables._COLUMNS)} FROM assets")]
            parts = {tuple(row) for row in await connection.fetch("SELECT asset_id, recipe, part FROM parts")}
    finally:
        await connection.close()
    batch = Batch({})
    for one in await world.log.whole():
        if one.sequence <= reached:
            batch.add(one.fact, one.message.metadata.timestamp)
    expected = {_comparable(tables._row(view)) for view in batch.views.values()}
    own = {_comparable(row) for row in found}
    return [
        *(f"the catalog is {count} facts behind" for count in behind),
        *(f"a row is not as the log has it: {row[0]}" for row in own ^ expected),
        *(f"the part {part} is not as the log has it" for part in parts ^ batch.parts),
    ]


def _comparable(row: tuple[Any, ...]) -> tuple[str, ...]:
    """Return a row as texts; PostgreSQL keeps no order of the view's own fields."""
    return (*map(str, row[:-1]), json.dumps(json.loads(row[-1]), sort_keys=True))


async def _behind(connection: asyncpg.Connection, last: int) -> list[int]:
    reached = await tables.checkpoint(connection)
    return [last - reached] if reached < last else []


async def _later(value: list[int]) -> list[int]:
    return value


async def _settled(left: Callable[[], Awaitable[list[Any]]]) -> list[Any]:
    """Return what is left when nothing is, or when patience ends."""
    deadline = asyncio.get_running_loop().time() + PATIENCE_S
    while (now := await left()) and asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(_POLL_S)
    return now
