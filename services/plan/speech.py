"""What of an original is to be written down, if anybody may speak in it. Pure."""

from collections.abc import Iterable

from contracts.v1 import AssetPlanned, AssetProbed, CaptionsFact, TranscribeAudio

TRACK = "speech-1"
"""The transcript of what is spoken in the first audio stream."""


def transcription_of(
    event: AssetProbed, plan: AssetPlanned, known: Iterable[CaptionsFact] = ()
) -> list[TranscribeAudio]:
    """Return the task that writes down what is said, none where there is no sound.

    ``known`` are the facts about text tracks that there are; its version comes after theirs.
    """
    video = event.probe.video[0]
    last = max((fact.version for fact in known if fact.track == TRACK), default=0)
    return [
        TranscribeAudio(
            asset_id=event.asset_id,
            tenant=event.tenant,
            priority=event.priority,
            recipe=plan.recipe,
            original=event.original,
            track=TRACK,
            version=last + 1,
            source=stream,
            timeline_start_s=video.start_s - video.delay_s,
            duration_s=plan.grid.duration_s,
            profile=event.profile,
        )
        for stream in event.probe.audio[:1]
    ]
