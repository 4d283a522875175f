"""Consumes task ``thumbnail.make``, produces ``thumbnail.made``."""

from contextlib import aclosing

from contracts.keys import thumbnail_key
from contracts.v1 import MakeThumbnails, ThumbnailMade
from services.runtime.inject import MediaDep, StoreDep
from services.runtime.store import FOREVER
from services.thumbnail.decide import POSTER, STORYBOARD, poster_size, tile_times_s
from services.thumbnail.media import make_thumbnails

# Long films take seconds on an idle machine; this is for busy ones, and ends what hangs.
DEADLINE_S = 120.0
DEADLINE_SHARE = 0.1


async def make_asset_thumbnails(task: MakeThumbnails, store: StoreDep, media: MediaDep) -> ThumbnailMade:
    """Make an asset's poster and storyboard and store each file as it is done."""
    url = await store.presigned_get(task.original.key)
    deadline_s = DEADLINE_S + DEADLINE_SHARE * task.duration_s
    making = media.stream(make_thumbnails, url, task.source, task.duration_s, deadline_s=deadline_s)
    async with aclosing(making) as pictures:
        async for made in pictures:
            key = thumbnail_key(task.asset_id, task.recipe, made.name)
            await store.put(key, made.data, content_type=made.content_type, cache_control=FOREVER)
    poster = poster_size(task.source)
    return ThumbnailMade(
        asset_id=task.asset_id,
        tenant=task.tenant,
        recipe=task.recipe,
        poster_key=thumbnail_key(task.asset_id, task.recipe, POSTER),
        poster_width=poster.width,
        poster_height=poster.height,
        storyboard_key=thumbnail_key(task.asset_id, task.recipe, STORYBOARD),
        tiles=len(tile_times_s(task.duration_s)),
        attempt=task.attempt,
        remake=task.remake,
    )
