"""One asset: what became of it, and having its work done again."""

import asyncpg
import msgspec
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig

from contracts.codec import decode
from contracts.v1 import (
    AssetIngested,
    AssetPlanned,
    AssetProbed,
    AssetPurged,
    AssetReady,
    AssetRetried,
    Fact,
    VersionChosen,
)
from contracts.v1.operate import AssetAsked, AssetTold, LettersAsked, Moment, RetryAsked, RetryTold
from services.operate.decide import moment, retried
from services.operate.letters import listed
from services.operate.refusals import Refused
from services.runtime import follow
from services.runtime.edits import new_edit
from services.runtime.life import deletion_of
from services.runtime.log import STREAM, FactLog, read_back
from services.runtime.publish import Publisher
from services.runtime.settings import Settings
from services.runtime.trace import SERVICE

_MOST_FACTS = 500
# What says how often an asset's work was begun, how far it came, and what is played.
_LIFE = (AssetIngested, AssetProbed, AssetPlanned, AssetReady, AssetRetried, AssetPurged, VersionChosen)
_TIMEOUT_S = 2
_STATE = "SELECT state FROM assets WHERE asset_id = $1"
_AWAY = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


async def told(js: JetStreamContext, settings: Settings, asked: AssetAsked) -> AssetTold:
    """Return what the log, the catalog and the dead letters say of an asset.

    Raises: Refused: ``asset_missing``.
    """
    everything = ConsumerConfig(ack_policy=AckPolicy.NONE, filter_subjects=[f"media.v1.*.*.{asked.asset_id}.>"])
    facts = [(message, fact) for message in await read_back(js, STREAM, everything) if (fact := _fact(message))]
    if not facts:
        raise Refused(404, "asset_missing", "The log tells of no such asset.")
    letters = await listed(js, LettersAsked(asset_id=asked.asset_id))
    return AssetTold(
        asset_id=asked.asset_id,
        tenant=facts[0][1].tenant,
        state=await _state(settings, asked.asset_id),
        is_deleted=await deletion_of(FactLog(js), asked.asset_id) is not None,
        facts=[_moment(message, fact) for message, fact in facts[-_MOST_FACTS:]],
        letters=letters.letters,
    )


async def retry(js: JetStreamContext, asked: RetryAsked) -> RetryTold:
    """State that an asset's work is to be done again, from a step on.

    Raises: Refused: ``asset_missing``, ``asset_deleted``, ``step_not_reached``.
    """
    log = FactLog(js)
    if await deletion_of(log, asked.asset_id) is not None:
        raise Refused(409, "asset_deleted", "The asset is deleted; restore it first.")
    facts = await log.facts(asked.asset_id, *_LIFE)
    fact = retried(facts, asked.asset_id, new_edit(), asked.step)
    sequence = await Publisher(js)(fact)
    return RetryTold(asset_id=asked.asset_id, step=asked.step, attempt=fact.attempt, sequence=sequence)


async def _state(settings: Settings, asset_id: str) -> str | None:
    """Return an asset's state in the catalog; None also where it is not there, or its database is away."""
    try:
        database = await asyncpg.connect(settings.database_url.get_secret_value(), timeout=_TIMEOUT_S)
        try:
            state = await database.fetchval(_STATE, asset_id, timeout=_TIMEOUT_S)
        finally:
            await database.close(timeout=_TIMEOUT_S)
    except _AWAY:
        return None
    return None if state is None else str(state)


def _fact(message: Msg) -> Fact | None:
    try:
        fact = decode(message.data)
    except msgspec.DecodeError:
        return None
    return fact if isinstance(fact, Fact) else None


def _moment(message: Msg, fact: Fact) -> Moment:
    service = (message.headers or {}).get(SERVICE, "-")
    return moment(follow.sequence_of(message), message.metadata.timestamp, fact, service)
