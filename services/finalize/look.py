"""Reads what must be read of an asset's outputs, and gathers what is wrong with them."""

import asyncio
from collections.abc import Mapping, Sequence

from contracts.keys import asset_prefix
from contracts.v1 import AssetPlanned
from services.finalize.decide import Made
from services.finalize.decide_samples import sampled, seen_findings
from services.finalize.decide_stored import Expected, finding_of, init_of, is_proven, segments_of
from services.finalize.decide_timeline import timeline_findings
from services.finalize.documents import MOST_BYTES, pictures_of, text_findings, texts_of
from services.finalize.media import look_at
from services.finalize.renditions import Delivered, Finding
from services.runtime.children import MediaChildren
from services.runtime.errors import Permanent
from services.runtime.store import Store, StoredObject

# Only what hangs takes so long: some pictures are decoded, if need be on a processor that is busy with all else.
DEADLINE_S = 300.0
# Renditions that are looked at, and objects of each that are in memory; a segment may have tens of megabytes.
_SIDE_BY_SIDE = 2
_AT_ONCE = 4

Listed = Mapping[str, StoredObject]


async def findings_in(made: Made, store: Store, media: MediaChildren) -> list[Finding]:
    """Return what is wrong with an asset's outputs, media first."""
    renditions = made.renditions
    listing = store.list(asset_prefix(made.plan.asset_id, made.plan.recipe))
    listed = {entry.key: entry async for entry in listing}
    wrong = list(timeline_findings(made.plan, renditions))
    if wrong:
        # What follows from facts that do not fit together would be wrong, too.
        return wrong
    turns = asyncio.Semaphore(_SIDE_BY_SIDE)

    async def look(own: Delivered) -> list[Finding]:
        async with turns:
            return await _in_rendition(made.plan, own, listed, store, media)

    looks = [look(own) for own in renditions]
    texts, pictures = _in_texts(made, renditions, listed, store), _in_pictures(made, listed, store)
    return [finding for found in await asyncio.gather(*looks, texts, pictures) for finding in found]


async def _in_rendition(
    plan: AssetPlanned, own: Delivered, listed: Listed, store: Store, media: MediaChildren
) -> list[Finding]:
    """Compare every segment's checksum, by reading where the listing does not show it; look into some."""
    expected = segments_of(own)
    unproven = [segment for segment in expected if not is_proven(segment, listed)]
    found = []
    for first in range(0, len(unproven), _AT_ONCE):
        some = unproven[first : first + _AT_ONCE]
        bodies = await asyncio.gather(*(_read(store, segment.key) for segment in some))
        found += [finding_of(segment, body) for segment, body in zip(some, bodies, strict=True)]
    wrong = [finding for finding in found if finding]
    return wrong or await _looked_into(plan, own, expected, store, media)


async def _looked_into(
    plan: AssetPlanned, own: Delivered, expected: Sequence[Expected], store: Store, media: MediaChildren
) -> list[Finding]:
    numbers = sampled(own)
    chosen = [init_of(own), *(expected[number] for number in numbers)]
    bodies = await asyncio.gather(*(_read(store, part.key) for part in chosen))
    wrong = [finding for part, body in zip(chosen, bodies, strict=True) if (finding := finding_of(part, body))]
    if wrong:
        return wrong
    init, *segments = bodies
    seen = await media.run(look_at, init, segments, deadline_s=DEADLINE_S, network=False)
    return list(seen_findings(plan, own, numbers, seen))


async def _in_texts(made: Made, renditions: Sequence[Delivered], listed: Listed, store: Store) -> list[Finding]:
    keys = texts_of(made)
    large = [key for key in keys if key in listed and listed[key].size_bytes > MOST_BYTES]
    if large:
        return [Finding(code="output_damaged", key=key, message=f"{key} is far too large for a text.") for key in large]
    texts = await asyncio.gather(*(_read(store, key) for key in keys))
    return text_findings(made, renditions, dict(zip(keys, texts, strict=True)))


async def _in_pictures(made: Made, listed: Listed, store: Store) -> list[Finding]:
    """Ask the store for pictures that its listing lacks: some lag behind."""
    found = []
    for key in pictures_of(made):
        stored = listed.get(key) or await store.head(key)
        if stored is None or not stored.size_bytes:
            message = f"{key} is not in the store, or empty."
            found.append(Finding(code="output_missing", key=key, message=message, remedy="pictures"))
    return found


async def _read(store: Store, key: str) -> bytes | None:
    """Return an object's bytes, or None where there is none."""
    try:
        return await store.get(key)
    except Permanent as error:
        if error.code != "object_missing":
            raise
        return None
