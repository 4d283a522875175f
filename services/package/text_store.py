"""Writes text tracks' segments, once for each recipe."""

import asyncio
from collections.abc import Sequence

from contracts.keys import text_playlist_key, withdrawn_key
from contracts.v1 import AssetPlanned, CaptionsMade
from services.package.decide import Document, text_documents
from services.runtime.errors import Early, Permanent
from services.runtime.store import FOREVER, Store

# A long film has a thousand segments of a few hundred bytes.
_AT_ONCE = 16
_ON_ITS_WAY_S = 1.0


async def write_texts(
    plan: AssetPlanned, texts: Sequence[CaptionsMade], store: Store
) -> tuple[list[str], list[CaptionsMade]]:
    """Cut text tracks like the pictures of a plan, unless that is done.

    Return the keys of what was written, and the tracks whose text is lost. Whoever does the same at the same time
    writes the same.

    Raises: Early: what was deleted comes back bit by bit.
    """
    written: list[str] = []
    lost = []
    for text in texts:
        if await store.head(text_playlist_key(plan.asset_id, plan.recipe, text.track, text.version)) is not None:
            continue
        vtt = await _read(text, store)
        if vtt is None:
            lost.append(text)
        else:
            written += await _write(plan, text, vtt, store)
    return written, lost


async def _write(plan: AssetPlanned, text: CaptionsMade, vtt: str, store: Store) -> list[str]:
    *segments, playlist = text_documents(plan, text, vtt)
    for first in range(0, len(segments), _AT_ONCE):
        await asyncio.gather(*(_put(segment, store) for segment in segments[first : first + _AT_ONCE]))
    await _put(playlist, store)
    return [*(segment.key for segment in segments), playlist.key]


async def _read(text: CaptionsMade, store: Store) -> str | None:
    """Return a whole text, None where it is neither in its place nor where those of deleted assets are kept."""
    vtt = await _found(text.vtt_key, store)
    if vtt is not None:
        return vtt
    if await store.head(withdrawn_key(text.vtt_key)) is not None:
        raise Early(_ON_ITS_WAY_S)
    # It may have arrived between the two looks.
    return await _found(text.vtt_key, store)


async def _found(key: str, store: Store) -> str | None:
    try:
        return (await store.get(key)).decode(errors="replace")
    except Permanent as error:
        if error.code != "object_missing":
            raise
        return None


async def _put(document: Document, store: Store) -> None:
    await store.put(document.key, document.body, content_type=document.content_type, cache_control=FOREVER)
