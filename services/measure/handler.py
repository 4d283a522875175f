"""Task ``measure.complexity`` → ``complexity.measured``; ``asset.ready`` → ``quality.measured``."""

from typing import Annotated

from faststream import Context

from contracts.keys import init_key, segment_key
from contracts.v1 import (
    AssetPackaged,
    AssetPlanned,
    AssetProbed,
    AssetReady,
    ChunkEncoded,
    ComplexityMeasured,
    MeasureComplexity,
    QualityMeasured,
)
from services.measure.decide import (
    QUALITY_DEADLINE_S,
    finished,
    parts_of,
    quality_subject,
    samples_of,
    tracks_of,
)
from services.measure.decide_complexity import COMPLEXITY_DEADLINE_S, complexity_measured, complexity_subject
from services.measure.decide_receipts import gains_in, is_levelled, quality_measured
from services.measure.media.complexity import measure_snippets
from services.measure.media.loudness import loudness_of
from services.measure.media.quality import luma_errors
from services.runtime.inject import LogDep, MediaDep, StoreDep

# After the first sound of an asset, which a player waits for; before the bulk work, which waits for this.
COMPLEXITY_NICENESS = 7
# Segments are read one after the other, in time that nobody else wants.
_LOAN_S = 86_400


async def measure_complexity(
    task: MeasureComplexity, store: StoreDep, media: MediaDep, log: LogDep
) -> ComplexityMeasured | None:
    """Encode a few snippets of an original to see what it takes; nothing once nobody waits for it any longer."""
    if await log.stated(complexity_subject(task)):
        return None
    url = await store.presigned_get(task.original.key)
    snippets = await media.run(
        measure_snippets, url, task, deadline_s=COMPLEXITY_DEADLINE_S, niceness=COMPLEXITY_NICENESS
    )
    return complexity_measured(task, snippets)


async def measure_quality(
    event: AssetReady,
    store: StoreDep,
    media: MediaDep,
    log: LogDep,
    niceness: Annotated[int, Context("quality_niceness")],
) -> QualityMeasured | None:
    """Compare segments of each rendition with the source, and measure how loud all sound is; nobody waits for it."""
    if await log.stated(quality_subject(event)):
        return None
    made = finished(event, await log.facts(event.asset_id, AssetProbed, AssetPlanned, AssetPackaged))
    samples = samples_of(made)
    errors = []
    for sample in samples:
        url = await store.presigned_get(made.probed.original.key)
        files = []
        for rung in sample.rungs:
            place = event.asset_id, event.recipe, f"video/{rung.name}"
            files.append(await store.get(init_key(*place)) + await store.get(segment_key(*place, sample.segment)))
        errors.append(
            await media.run(luma_errors, url, sample, files, deadline_s=QUALITY_DEADLINE_S, niceness=niceness)
        )
    sounds = []
    for track in tracks_of(made):
        parts = [await store.presigned_get(key, expires_s=_LOAN_S) for key in parts_of(made, track)]
        loudness = await media.run(loudness_of, parts, deadline_s=QUALITY_DEADLINE_S, niceness=niceness)
        sounds.append((track, loudness))
    chunks = await log.facts(event.asset_id, ChunkEncoded) if is_levelled(made) else []
    return quality_measured(made, samples, errors, sounds, gains_in(chunks, event.recipe))
