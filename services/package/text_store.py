"""Writes a text track's segments, once for each recipe."""

import asyncio

from contracts.keys import text_playlist_key
from contracts.v1 import AssetPlanned, CaptionsMade
from services.package.decide import Document, text_documents
from services.runtime.errors import Permanent, Transient
from services.runtime.store import FOREVER, Store

# A long film has a thousand segments of a few hundred bytes.
_AT_ONCE = 16


async def write_text(plan: AssetPlanned, text: CaptionsMade, store: Store) -> list[str]:
    """Cut a text track like the pictures of a plan, unless that is done; return the keys of what was written.

    Whoever does the same at the same time writes the same.

    Raises: Transient: ``text_missing``: what was deleted comes back bit by bit.
    """
    if await store.head(text_playlist_key(plan.asset_id, plan.recipe, text.track, text.version)) is not None:
        return []
    *segments, playlist = text_documents(plan, text, await _read(text, store))
    for first in range(0, len(segments), _AT_ONCE):
        await asyncio.gather(*(_put(segment, store) for segment in segments[first : first + _AT_ONCE]))
    await _put(playlist, store)
    return [*(segment.key for segment in segments), playlist.key]


async def _read(text: CaptionsMade, store: Store) -> str:
    try:
        return (await store.get(text.vtt_key)).decode(errors="replace")
    except Permanent as error:
        if error.code != "object_missing":
            raise
        raise Transient("text_missing", f"{text.vtt_key} is not in the store; it may be on its way back.") from error


async def _put(document: Document, store: Store) -> None:
    await store.put(document.key, document.body, content_type=document.content_type, cache_control=FOREVER)
