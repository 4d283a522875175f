"""Task ``remux.make`` → ``download.made``, or ``download.failed`` when it is given up."""

from contextlib import aclosing

from contracts.v1 import DownloadMade, RemuxRung
from services.remux.decide import audio_keys, deadline_s, index_bytes, key_of, made, part_bytes, video_keys
from services.remux.media import join_segments
from services.remux.upload import writing
from services.runtime.inject import LogDep, MediaDep, StoreDep
from services.runtime.life import deletion_of
from services.runtime.store import Store

_TYPE = "video/mp4"


async def remux_rung(task: RemuxRung, store: StoreDep, media: MediaDep, log: LogDep) -> DownloadMade | None:
    """Join a rung's segments to one file, unless it is there or its asset is deleted."""
    if await deletion_of(log, task.asset_id) is not None:
        return None
    stored = await store.head(key_of(task))
    if stored is not None:
        return made(task, stored.size_bytes)
    video, audio = await _urls(store, video_keys(task)), await _urls(store, audio_keys(task))
    joining = media.stream(
        join_segments, video, audio, index_bytes(task), part_bytes(task), deadline_s=deadline_s(task)
    )
    async with writing(store, key_of(task), _TYPE) as parts, aclosing(joining) as pieces:
        async for piece in pieces:
            await parts.put(piece.number, piece.data)
    return made(task, parts.size_bytes)


async def _urls(store: Store, keys: list[str]) -> list[str]:
    expires_s = 24 * 3600  # of a film, the last segment is asked for long after the first
    return [await store.presigned_get(key, expires_s) for key in keys]
