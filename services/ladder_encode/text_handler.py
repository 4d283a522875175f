"""Task ``encode.text`` → ``captions.made`` for each of the original's own subtitles, or once ``captions.refused``."""

from contracts.v1 import AssetPurged, CaptionsMade, CaptionsRefused, CaptionsRemoved, ExtractText
from services.ladder_encode.decide_text import captions_made, deadline_s, wanted
from services.ladder_encode.media.subtitles import read_subtitles
from services.runtime.frames import IDLE
from services.runtime.inject import LogDep, MediaDep, StoreDep
from services.runtime.store import FOREVER


async def extract_subtitles(task: ExtractText, store: StoreDep, media: MediaDep, log: LogDep) -> list[CaptionsMade]:
    """Read an original's subtitles, store them whole and state them."""
    known = await log.facts(task.asset_id, CaptionsMade, CaptionsRemoved, CaptionsRefused, AssetPurged)
    versions = wanted(task, known)
    if not versions:
        return []
    url = await store.presigned_get(task.original.key)
    read = await media.run(read_subtitles, url, task, sorted(versions), deadline_s=deadline_s(task), niceness=IDLE)
    made = captions_made(task, read, versions)
    for own, fact in zip(read, made, strict=True):
        await store.put(fact.vtt_key, own.vtt.encode(), content_type="text/vtt", cache_control=FOREVER)
    return made
