"""Encode tasks → ``chunk.encoded``; segments are uploaded while later ones are still being encoded.

A task comes again when its worker died, and is then encoded from its beginning: how x264 spends bits on a segment
depends on how full the segments before it left its buffer, so a chunk that were taken up in the middle would not be
the one that was begun. What is saved is what costs nothing in exactness: objects that lie in the store with the same
bytes are not written again, and what the log says is done is not done again. What was refused is: its task says so.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from contracts.v1 import ChunkEncoded, CopyRefused, CopyVideo, EncodeAudio, EncodeVideo
from services.ladder_encode.decide import (
    LATER_NICENESS,
    Made,
    audio_deadline_s,
    copy_deadline_s,
    copy_refused,
    is_overtaken,
    niceness,
    share_encoded,
    share_subjects,
    share_that_ends_with,
    uploads_of,
    video_deadline_s,
    video_encoded,
    video_memory_bytes,
    video_subject,
)
from services.ladder_encode.media.audio import encode_audio
from services.ladder_encode.media.copy import copy_video
from services.ladder_encode.media.video import encode_video
from services.ladder_encode.segment import EncodedSegment, Refusal
from services.ladder_encode.uploads import uploading
from services.runtime.inject import LogDep, MediaDep, PublishDep, StoreDep
from services.runtime.log import FactLog
from services.runtime.publish import Publisher
from services.runtime.store import Store


async def encode_video_chunk(task: EncodeVideo, store: StoreDep, media: MediaDep, log: LogDep) -> ChunkEncoded | None:
    """Encode one chunk for each rung of the task, once there is memory for it."""
    subject = video_subject(task)
    if subject in await _stated(task, log, subject) or await _is_overtaken(task, log):
        return None
    made = Made()
    async with media.room(video_memory_bytes(task)), uploading(store, anew=task.remake > 0) as uploads:
        # Signed only now: waiting may take longer than a signature lasts.
        url = await store.presigned_get(task.original.key)
        encoding = media.stream(encode_video, url, task, deadline_s=video_deadline_s(task), niceness=niceness(task))
        async with aclosing(encoding) as segments:
            async for segment in segments:
                await uploads.begin(uploads_of(task, segment))
                made.add(segment)
    return video_encoded(task, made)


async def encode_audio_track(
    task: EncodeAudio, store: StoreDep, media: MediaDep, log: LogDep, publish: PublishDep
) -> CopyRefused | None:
    """Encode or repackage one track over the whole timeline."""
    stated = await _stated(task, log, ChunkEncoded.subject_filter(task.asset_id))
    if stated >= share_subjects(task) or await _is_overtaken(task, log):
        return None
    url = await store.presigned_get(task.original.key)
    making = media.stream(
        encode_audio,
        url,
        task,
        deadline_s=audio_deadline_s(task),
        niceness=niceness(task),
        later_niceness=LATER_NICENESS,
    )
    return await _state_shares(task, making, stated, store, publish)


async def copy_original(
    task: CopyVideo, store: StoreDep, media: MediaDep, log: LogDep, publish: PublishDep
) -> CopyRefused | None:
    """Repackage the original's pictures."""
    stated = await _stated(task, log, ChunkEncoded.subject_filter(task.asset_id))
    if stated >= share_subjects(task) or await _is_overtaken(task, log):
        return None
    url = await store.presigned_get(task.original.key)
    making = media.stream(
        copy_video, url, task, deadline_s=copy_deadline_s(task), niceness=niceness(task), later_niceness=LATER_NICENESS
    )
    return await _state_shares(task, making, stated, store, publish)


async def _stated(task: EncodeVideo | EncodeAudio | CopyVideo, log: FactLog, subject_filter: str) -> set[str]:
    """Return the subjects of what need not be made; of what was refused, what has been made since."""
    if not task.remake:
        return await log.stated(subject_filter)
    facts = await log.facts(task.asset_id, ChunkEncoded)
    return {fact.subject for fact in facts if fact.remake >= task.remake}


async def _is_overtaken(task: EncodeVideo | EncodeAudio | CopyVideo, log: FactLog) -> bool:
    return is_overtaken(task, await log.stated(CopyRefused.subject_filter(task.asset_id)))


async def _state_shares(
    task: EncodeAudio | CopyVideo,
    making: AsyncGenerator[EncodedSegment | Refusal, None],
    stated: set[str],
    store: Store,
    publish: Publisher,
) -> CopyRefused | None:
    """Upload segments as they come; each chunk's share is a fact as soon as it lies in the store, unless it is stated.

    Return why the rest cannot be copied, if it cannot.
    """
    made = Made()
    async with uploading(store, anew=task.remake > 0) as uploads, aclosing(making) as segments:
        async for segment in segments:
            if isinstance(segment, Refusal):
                return copy_refused(task, segment)
            await uploads.begin(uploads_of(task, segment))
            made.add(segment)
            chunk = share_that_ends_with(task, segment.number)
            if chunk is not None:
                await uploads.finish()
                fact = share_encoded(task, chunk, made)
                if fact.subject not in stated:
                    await publish(fact)
    return None
