"""Consumes a store's notifications from ``bucket.>``, produces ``asset.ingested`` or ``asset.failed``."""

from typing import Annotated

from faststream import Context

from contracts.bucket import Notification
from contracts.v1 import AssetFailed, AssetIngested
from services.ingest.decide import asset_of, judged, uploads_of
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
    return [fact for fact in facts if not await _stated(log, fact)]


async def _stated(log: FactLog, fact: AssetIngested | AssetFailed) -> bool:
    # What was ingested once is an asset, also when less is taken since.
    return await log.known(AssetIngested, fact.asset_id) or (
        isinstance(fact, AssetFailed) and await log.known(AssetFailed, fact.asset_id)
    )
