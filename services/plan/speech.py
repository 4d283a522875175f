"""What is said in an original is asked for, if anybody may speak in it; ``captions.asked`` → the task that answers it.

Consumes and produces as is said there; whoever wishes for a transcript states ``captions.asked``.
"""

from collections.abc import Iterable

from contracts.speech import spoken_by_default, transcript_of
from contracts.v1 import (
    AssetPlanned,
    AssetProbed,
    AssetPurged,
    CaptionsAsked,
    CaptionsFact,
    CaptionsMade,
    CaptionsRefused,
    CaptionsRemoved,
    Fact,
    TranscribeAudio,
)
from services.plan.tasks import timeline_start_s
from services.runtime.errors import Transient
from services.runtime.inject import LogDep
from services.runtime.log import FactLog


def asked_of(event: AssetProbed, known: Iterable[Fact] = ()) -> list[CaptionsAsked]:
    """Return what is asked for of an original: a transcript of what is heard by default, where there is sound.

    ``known`` are the facts about text tracks that there are. Its version comes after theirs; while one that was asked
    for is not answered, no other is.
    """
    streams = event.probe.audio
    if not streams:
        return []
    number = spoken_by_default(streams)
    track = transcript_of(number)
    last, is_awaited = _versions(known, track)
    if is_awaited:
        return []
    return [
        CaptionsAsked(
            asset_id=event.asset_id,
            tenant=event.tenant,
            track=track,
            version=last + 1,
            stream_index=streams[number - 1].index,
            profile=event.profile,
            language=event.language,
        )
    ]


def _versions(known: Iterable[Fact], track: str) -> tuple[int, bool]:
    """Return the last version that any fact has of a track, and whether one that was asked for is still to come."""
    last = asked = answered = 0
    for fact in known:
        if isinstance(fact, AssetPurged):
            answered = last
        elif isinstance(fact, CaptionsFact) and fact.track == track:
            last = max(last, fact.version)
            match fact:
                case CaptionsAsked():
                    asked = max(asked, fact.version)
                case CaptionsMade() | CaptionsRefused():
                    answered = max(answered, fact.asked)
                case _:
                    answered = max(answered, fact.version)
    return last, asked > answered


async def texts_in(log: FactLog, asset_id: str) -> list[Fact]:
    """Return the facts about an asset's text tracks, and that there were none any more."""
    return await log.facts(asset_id, CaptionsAsked, CaptionsMade, CaptionsRefused, CaptionsRemoved, AssetPurged)


async def hand_out_speech(event: CaptionsAsked, log: LogDep) -> list[TranscribeAudio]:
    """Hand out the task that writes down what is said."""
    probes = await log.facts(event.asset_id, AssetProbed)
    plans = await log.facts(event.asset_id, AssetPlanned)
    if not probes or not plans:
        raise Transient("plan_missing", "The asset's plan is not in the log; replay the original's asset.probed fact.")
    return transcription_of(event, probes[-1], plans[-1])


def transcription_of(asked: CaptionsAsked, probed: AssetProbed, plan: AssetPlanned) -> list[TranscribeAudio]:
    """Return the task that writes down what is said in a stream, if the original has it."""
    return [
        TranscribeAudio(
            asset_id=asked.asset_id,
            tenant=asked.tenant,
            priority=probed.priority,
            recipe=plan.recipe,
            original=probed.original,
            track=asked.track,
            version=asked.version,
            source=stream,
            timeline_start_s=timeline_start_s(probed),
            duration_s=plan.grid.duration_s,
            profile=asked.profile,
            language=asked.language,
            translate=asked.translate,
            hotwords=asked.hotwords,
        )
        for stream in probed.probe.audio
        if stream.index == asked.stream_index
    ]
