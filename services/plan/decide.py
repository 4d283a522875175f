"""What will be made of a probed original: ladder, grid, tasks. Pure."""

import hashlib
from collections.abc import Sequence
from fractions import Fraction

import msgspec
from msgspec.structs import replace

from contracts.keys import recipe_for
from contracts.v1 import (
    AssetPlanned,
    AssetProbed,
    AudioTrack,
    Chunk,
    CopiedRung,
    CopyRefused,
    CopyVideo,
    EncodeAudio,
    EncodeVideo,
    ExtractText,
    Lane,
    MakeThumbnails,
    MeasureComplexity,
    Probe,
    Rung,
    RungSet,
    Task,
    VideoStream,
)
from services.plan.copied import copied_rung, cut_like
from services.plan.grid import chunks_of, grid_of
from services.plan.ladder import Ladder, preset_for, rungs_for
from services.plan.refine import measured_rungs
from services.plan.sets import Offer, paced, sets_for
from services.plan.sound import AS_IT_IS, SoundWish, tracks_of
from services.plan.standard import non_standard_input
from services.plan.text import readable, unreadable

_COPY = "copy"


NOTHING_ELSE = Offer()


def plan_asset(
    event: AssetProbed,
    ladder: Ladder,
    engine: str,
    offer: Offer = NOTHING_ELSE,
    refusals: Sequence[CopyRefused] = (),
) -> AssetPlanned:
    """Return the plan for an original; ``engine`` names everything else that determines the bytes made.

    ``offer`` is what may be made beside the ladder. ``refusals`` are of earlier plans for it: what could not be copied
    is encoded.

    Raises: Permanent: ``unknown_profile``.
    """
    video = event.probe.video[0]
    grid = grid_of(video)
    rungs = paced(offer, rungs_for(ladder, video), grid)
    sets = sets_for(offer, video, grid, event.profile)
    wish = offer.sound.get(event.profile, AS_IT_IS)
    audio = _audio_tracks(event.probe, refusals, grid.frames / grid.frame_rate.fraction, wish)
    preset = preset_for(ladder, event.profile)
    reasons = non_standard_input(event.probe, ladder) or _codes(refusals, _COPY)
    copied = None
    if not reasons:
        own, copied = copied_rung(video, rungs[0])
        rungs = [own, *rungs[1:]]
        # Where nothing else cuts by counting: other encoders, and rungs at half the rate, know no other cuts.
        if not sets and all(rung.frame_step == 1 for rung in rungs):
            grid = cut_like(grid, copied)
    return AssetPlanned(
        asset_id=event.asset_id,
        tenant=event.tenant,
        recipe=recipe_for(
            event.playback_policy, _digest(engine, grid, rungs, audio, preset, copied, sets, *_attempt(event))
        ),
        grid=grid,
        rungs=rungs,
        chunks=chunks_of(grid),
        audio=audio,
        warnings=_warnings(event.probe),
        preset=preset,
        copied=copied,
        non_standard_input=reasons,
        sets=sets,
        attempt=event.attempt,
        engine=engine,
        profile=event.profile,
        chapters=event.probe.chapters,
    )


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


def _audio_tracks(
    probe: Probe, refusals: Sequence[CopyRefused], timeline_s: Fraction, wish: SoundWish
) -> list[AudioTrack]:
    return tracks_of(probe, lambda number: _codes(refusals, _audio_part(number)), timeline_s, wish)


def _codes(refusals: Sequence[CopyRefused], part: str) -> list[str]:
    """Return why a part cannot be copied; a plan that is made again for the same reason has the same recipe."""
    return list(dict.fromkeys(own.code for own in refusals if own.part == part))


def _audio_part(number: int) -> str:
    return f"audio-{number}"


def _warnings(probe: Probe) -> list[str]:
    pictures = len(probe.video)
    streams = [f"The file has {pictures} video streams; only the first is used."] if pictures > 1 else []
    return [*probe.warnings, *streams, *unreadable(probe)]


def thumbnails_again(event: AssetProbed, plan: AssetPlanned) -> MakeThumbnails:
    """Return the task that makes a plan's pictures once more, as an attempt of its own."""
    return replace(_thumbnails(event, plan), attempt=event.attempt)


def _attempt(event: AssetProbed) -> list[int]:
    # The recipes of first attempts were there before retries.
    return [event.attempt] if event.attempt else []


def _digest(*determinants: object) -> str:
    return hashlib.sha256(msgspec.json.encode(determinants, order="deterministic")).hexdigest()[:12]


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
        part=_COPY,
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
        part=_audio_part(number),
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


def timeline_start_s(event: AssetProbed) -> float:
    """Return where an asset's timeline begins on that of its original, in seconds."""
    return event.probe.video[0].start_s - event.probe.video[0].delay_s


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
