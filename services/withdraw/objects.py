"""Moving and deleting all the objects of an asset."""

from collections.abc import Iterable

from contracts.keys import asset_folders, asset_id_of, withdrawn_key
from services.runtime.errors import Transient
from services.runtime.store import Store
from services.withdraw.decide import home_of, needed_back, prefixes_of, prefixes_of_version, withdrawn

_MOST_SWEEPS = 10


async def withdraw(store: Store, asset_id: str) -> None:
    """Take away what an asset cannot be played without; what must come back is kept where only services read.

    What is gone by then, somebody else has moved who does the same.
    """
    keys = await _keys_below(store, asset_folders(asset_id))
    keys = [key for key in keys if withdrawn(key)]
    for key in keys:
        if needed_back(key):
            await store.copy(key, withdrawn_key(key))
    await store.delete(keys)


async def bring_back(store: Store, asset_id: str) -> None:
    """Put everything back where it lay."""
    keys = await _keys_below(store, map(withdrawn_key, asset_folders(asset_id)))
    for key in keys:
        await store.copy(key, home_of(key))
    await store.delete(keys)


async def sweep(store: Store, asset_id: str, original: str | None) -> int:
    """Delete every object of an asset, and list again until nothing is left; return how many there were.

    Raises: Transient: ``not_swept``, when objects keep coming.
    """
    return await _swept(store, asset_id, prefixes_of(asset_id), original)


async def sweep_version(store: Store, asset_id: str, recipe: str) -> int:
    """Delete every object of an asset's version, as ``sweep`` does those of all.

    Raises: Transient: ``not_swept``, when objects keep coming.
    """
    return await _swept(store, asset_id, prefixes_of_version(asset_id, recipe), None)


async def _swept(store: Store, asset_id: str, prefixes: list[str], original: str | None) -> int:
    deleted = 0
    for prefix in prefixes:
        async for begun in store.multipart.begun(prefix):
            await store.multipart.abort(begun.key, begun.upload_id)
    for _ in range(_MOST_SWEEPS):
        keys = await _keys_below(store, prefixes)
        if original is not None and await _is_still(store, original, asset_id):
            keys.append(original)
        if not keys:
            return deleted
        await store.delete(keys)
        deleted += len(keys)
    raise Transient("not_swept", f"Objects of {asset_id} keep coming; its work has not ended yet.")


async def _keys_below(store: Store, prefixes: Iterable[str]) -> list[str]:
    return [found.key for prefix in prefixes async for found in store.list(prefix)]


async def _is_still(store: Store, key: str, asset_id: str) -> bool:
    """Tell whether a key holds the asset's original: what was written over it is another asset's."""
    stored = await store.head(key)
    return stored is not None and asset_id_of(store.bucket, key, stored.etag, stored.size_bytes) == asset_id
