"""The tasks that follow from a plan. Pure."""

from msgspec.structs import replace

from contracts.v1 import (
    AssetPlanned,
    AssetProbed,
    Chunk,
    CopiedRung,
    CopyVideo,
    EncodeAudio,
    EncodeVideo,
    ExtractText,
    Lane,
    MakeThumbnails,
    MeasureComplexity,
    Rung,
    RungSet,
    Task,
    VideoStream,
)
from services.plan.refine import measured_rungs
from services.plan.text import readable

COPY = "copy"
"""The name of the task that repackages the original's own pictures."""


def tasks_of(event: AssetProbed, plan: AssetPlanned) -> list[Task]:
    """Return the tasks of a plan: what makes the asset playable first.

    Where rungs may still change, only the lowest one's first chunk is encoded; the rest follows with the refined plan.
    """
    if plan.stage == "refined":
        return [*_others(event, plan), *_sets(event, plan)]
    tracks = [_audio(event, plan, number) for number in range(len(plan.audio))]
    sounds = [*tracks, *_texts(event, plan)]
    copies = [] if plan.copied is None else [_copy(event, plan, plan.copied)]
    if plan.stage == "candidates":
        return [*copies, *_heads(event, plan), *sounds, _measure(event, plan), _thumbnails(event, plan)]
    ladder = [*copies, *_heads(event, plan), *sounds, *_others(event, plan), _thumbnails(event, plan)]
    return [*ladder, *_sets(event, plan)]


def thumbnails_again(event: AssetProbed, plan: AssetPlanned) -> MakeThumbnails:
    """Return the task that makes a plan's pictures once more, as an attempt of its own."""
    return replace(_thumbnails(event, plan), attempt=event.attempt)


def timeline_start_s(event: AssetProbed) -> float:
    """Return where an asset's timeline begins on that of its original, in seconds."""
    return event.probe.video[0].start_s - event.probe.video[0].delay_s


def audio_part(number: int) -> str:
    """Return the name of the task that makes a track, and of what follows from it."""
    return f"audio-{number}"


def _heads(event: AssetProbed, plan: AssetPlanned) -> list[Task]:
    first = plan.chunks[0]
    lowest = plan.encoded_rungs[-1:]
    return [_video(event, plan, first, lowest, "head", f"video-{first.index:05d}-head")] if lowest else []


def _others(event: AssetProbed, plan: AssetPlanned) -> list[Task]:
    rungs = plan.encoded_rungs
    chosen = [(chunk, rungs if chunk.index else rungs[:-1]) for chunk in plan.chunks]
    return [_video(event, plan, chunk, own, "bulk", f"video-{chunk.index:05d}") for chunk, own in chosen if own]


def _sets(event: AssetProbed, plan: AssetPlanned) -> list[Task]:
    return [_set(event, plan, chunk, own) for own in plan.sets for chunk in plan.chunks]


def _video(
    event: AssetProbed, plan: AssetPlanned, chunk: Chunk, rungs: list[Rung], lane: Lane, part: str
) -> EncodeVideo:
    return EncodeVideo(
        asset_id=plan.asset_id,
        tenant=plan.tenant,
        priority=event.priority,
        recipe=plan.recipe,
        original=event.original,
        lane=lane,
        part=part,
        grid=plan.grid,
        chunk=chunk,
        source=_source(event),
        rungs=rungs,
        preset=plan.preset,
    )


def _set(event: AssetProbed, plan: AssetPlanned, chunk: Chunk, own: RungSet) -> EncodeVideo:
    task = _video(event, plan, chunk, own.rungs, "bulk", f"video-{chunk.index:05d}-{own.name}")
    return replace(task, preset=own.preset)


def _copy(event: AssetProbed, plan: AssetPlanned, copied: CopiedRung) -> CopyVideo:
    return CopyVideo(
        asset_id=plan.asset_id,
        tenant=plan.tenant,
        priority=event.priority,
        recipe=plan.recipe,
        original=event.original,
        part=COPY,
        grid=plan.grid,
        source=_source(event),
        copied=copied,
    )


def _measure(event: AssetProbed, plan: AssetPlanned) -> MeasureComplexity:
    return MeasureComplexity(
        asset_id=plan.asset_id,
        tenant=plan.tenant,
        priority=event.priority,
        recipe=plan.recipe,
        original=event.original,
        grid=plan.grid,
        source=_source(event),
        rungs=measured_rungs(plan, event.probe.video[0]),
    )


def _source(event: AssetProbed) -> VideoStream:
    # The index may be longer than all the rest.
    return replace(event.probe.video[0], pictures=None)


def _audio(event: AssetProbed, plan: AssetPlanned, number: int) -> EncodeAudio:
    track = plan.audio[number]
    return EncodeAudio(
        asset_id=plan.asset_id,
        tenant=plan.tenant,
        priority=event.priority,
        recipe=plan.recipe,
        original=event.original,
        lane="audio",
        part=audio_part(number),
        grid=plan.grid,
        chunks=plan.chunks,
        source=next(stream for stream in event.probe.audio if stream.index == track.stream_index),
        track=track,
        timeline_start_s=timeline_start_s(event),
    )


def _texts(event: AssetProbed, plan: AssetPlanned) -> list[Task]:
    streams = readable(event.probe)
    if not streams:
        return []
    return [
        ExtractText(
            asset_id=plan.asset_id,
            tenant=plan.tenant,
            priority=event.priority,
            recipe=plan.recipe,
            original=event.original,
            streams=streams,
            timeline_start_s=timeline_start_s(event),
            duration_s=plan.grid.duration_s,
        )
    ]


def _thumbnails(event: AssetProbed, plan: AssetPlanned) -> MakeThumbnails:
    return MakeThumbnails(
        asset_id=plan.asset_id,
        tenant=plan.tenant,
        priority=event.priority,
        recipe=plan.recipe,
        original=event.original,
        lane="bulk",
        source=_source(event),
        duration_s=plan.grid.duration_s,
    )
