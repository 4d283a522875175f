"""Waiting for what becomes of an asset, on the log itself."""

import asyncio

from nats.aio.client import Client

from contracts.codec import decode
from contracts.keys import CAPTIONS, asset_folders, asset_id_of
from contracts.v1 import AnyFact, AssetFailed, AssetReady
from services.runtime.store import Store, StoredObject

# A bound for a broken pipeline, not a measure of a working one.
PATIENCE_S = 120.0


async def facts_until(
    nc: Client, asset_id: str, *kinds: type[AnyFact], patience_s: float = PATIENCE_S
) -> list[AnyFact]:
    """Return an asset's facts in the order of the log, up to the first of these kinds."""
    facts: list[AnyFact] = []
    subscription = await nc.jetstream().subscribe(f"media.v1.*.*.{asset_id}.>", stream="MEDIA", ordered_consumer=True)
    try:
        async with asyncio.timeout(patience_s):
            async for message in subscription.messages:
                fact = decode(message.data)
                facts.append(fact)  # type: ignore[arg-type]  # MEDIA holds facts alone
                if isinstance(fact, kinds):
                    return facts
                assert not isinstance(fact, AssetFailed), fact
    except TimeoutError:
        raise AssertionError(f"after {patience_s} s the asset has only {[fact.kind() for fact in facts]}") from None
    finally:
        await subscription.unsubscribe()
    raise AssertionError("the subscription ended")


async def outcome(nc: Client, asset_id: str) -> AssetReady | AssetFailed:
    """Return how an asset ended."""
    last = (await facts_until(nc, asset_id, AssetReady, AssetFailed))[-1]
    assert isinstance(last, AssetReady | AssetFailed)
    return last


async def made(store: Store, asset_id: str) -> dict[str, StoredObject]:
    """Return by key what was made of an asset under recipes; text tracks belong to none, and are not waited for."""
    found = [entry for folder in asset_folders(asset_id) async for entry in store.list(folder)]
    return {entry.key: entry for entry in found if f"/{asset_id}/{CAPTIONS}/" not in entry.key}


async def id_of(store: Store, key: str) -> str:
    """Return the id of the asset that the object under a key is."""
    stored = await store.head(key)
    assert stored is not None
    return asset_id_of(store.bucket, key, stored.etag, stored.size_bytes)
