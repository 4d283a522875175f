"""Consumes ``poster.chosen``, produces ``poster.made``, or ``poster.refused`` when it is given up."""

from contracts.keys import chosen_poster_key
from contracts.v1 import AssetProbed, PosterChosen, PosterMade
from services.runtime.children import MediaChildren
from services.runtime.errors import Permanent
from services.runtime.inject import LogDep, MediaDep, StoreDep
from services.runtime.log import FactLog
from services.runtime.store import FOREVER, Store
from services.thumbnail.chosen import ChosenPoster, poster_at, poster_of

DEADLINE_S = 60.0


async def make_chosen_poster(event: PosterChosen, store: StoreDep, media: MediaDep, log: LogDep) -> PosterMade:
    """Make the poster that somebody chose and store it beside the others."""
    key = chosen_poster_key(event.asset_id, event.recipe, event.edit)
    poster = await _poster(event, store, media, log)
    await store.put(key, poster.data, content_type="image/jpeg", cache_control=FOREVER)
    return PosterMade(
        asset_id=event.asset_id,
        tenant=event.tenant,
        edit=event.edit,
        recipe=event.recipe,
        poster_key=key,
        poster_width=poster.width,
        poster_height=poster.height,
    )


async def _poster(event: PosterChosen, store: Store, media: MediaChildren, log: FactLog) -> ChosenPoster:
    if event.key is not None:
        return await media.run(poster_of, await store.get(event.key), deadline_s=DEADLINE_S, network=False)
    probes = await log.facts(event.asset_id, AssetProbed)
    if not probes or event.at_s is None:
        raise Permanent("no_picture", "The asset has no picture to choose; choose when it is ready.")
    url = await store.presigned_get(probes[-1].original.key)
    return await media.run(poster_at, url, probes[-1].probe.video[0], event.at_s, deadline_s=DEADLINE_S)
