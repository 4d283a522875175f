"""Consumes a store's notifications from ``bucket.>``, produces ``asset.ingested`` or ``asset.failed``."""

from typing import Annotated

from faststream import Context

from contracts.bucket import Notification
from contracts.v1 import AssetAbandoned, AssetAwaited, AssetFailed, AssetIngested, AssetPurged
from services.ingest.decide import again, asset_of, judged, unless_given_up, uploads_of
from services.runtime.inject import LogDep, StoreDep
from services.runtime.limits import UploadLimits
from services.runtime.log import FactLog

LimitsDep = Annotated[UploadLimits, Context("limits")]


async def ingest_uploads(
    notification: Notification, store: StoreDep, log: LogDep, limits: LimitsDep
) -> list[AssetIngested | AssetFailed]:
    """State a fact for every upload that is not an asset yet; the first fact about an asset stands for good.

    The store, not the notification, says what lies under a key now: notifications come late, twice, or without size
    etag and metadata, and an object that was replaced or deleted since is not the one that they tell of.
    """
    found = [await store.head(key) for key in uploads_of(notification, store.bucket)]
    facts = [
        judged(
            asset_of(store.bucket, stored.key, stored.size_bytes, stored.etag, stored.metadata),
            stored.content_type,
            limits,
        )
        for stored in found
        if stored is not None
    ]
    return [new for fact in facts if (new := await _new(log, fact)) is not None]


async def _new(log: FactLog, fact: AssetIngested | AssetFailed) -> AssetIngested | AssetFailed | None:
    """Return what there is to state of a fact that may stand already."""
    # What was ingested once is an asset, also when less is taken since.
    if await log.known(AssetIngested, fact.asset_id):
        return again(fact, await log.facts(fact.asset_id, AssetIngested, AssetPurged))
    # Most uploads never were announced, and this costs them one short question.
    if await log.known(AssetAwaited, fact.asset_id):
        fact = unless_given_up(fact, await log.facts(fact.asset_id, AssetAwaited, AssetAbandoned, AssetPurged))
    stands = isinstance(fact, AssetFailed) and await log.known(AssetFailed, fact.asset_id)
    return None if stands else fact
