"""Consumes a store's notifications from ``bucket.>``, produces ``asset.ingested``."""

from contracts.bucket import Notification
from contracts.v1 import AssetIngested
from services.ingest.decide import asset_of, uploads_of
from services.runtime.inject import LogDep, StoreDep


async def ingest_uploads(notification: Notification, store: StoreDep, log: LogDep) -> list[AssetIngested]:
    """State a fact for every upload that is not an asset yet; the first fact about an asset stands for good.

    The store, not the notification, says what lies under a key now: notifications come late, twice, or without size
    etag and metadata, and an object that was replaced or deleted since is not the one that they tell of.
    """
    found = [await store.head(key) for key in uploads_of(notification, store.bucket)]
    assets = [
        asset_of(store.bucket, stored.key, stored.size_bytes, stored.etag, stored.metadata)
        for stored in found
        if stored is not None
    ]
    return [asset for asset in assets if not await log.known(AssetIngested, asset.asset_id)]
