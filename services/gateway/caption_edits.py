"""Text tracks: which facts follow from what people ask for, and which wishes cannot be met. Pure."""

from typing import Any

from msgspec.structs import asdict, replace

from contracts.profiles import DEFAULT_PROFILE
from contracts.speech import spoken_by_default, transcript_of
from contracts.v1 import CaptionsAsked, CaptionsMade, CaptionsRemoved
from services.gateway.caption_documents import CaptionsChange, CaptionsRequest, CueChange, CueGiven, Transcription
from services.gateway.captions import SAID
from services.gateway.refusals import Refused
from services.gateway.view import AssetView, TextTrack
from services.runtime.cues import UNWRITTEN, Cue, as_markup, in_order, known_settings

_MADE = (*SAID, "source", "vtt_key", "words_key", "cues", "language_probability", "code", "message")


def free_track(view: AssetView, language: str) -> str:
    """Return the name of a text track that comes from outside; no track has it, or had it."""
    taken = {track.track for track in view.captions}
    name, number = f"upload-{language.lower()}", 1
    while name in taken:
        number += 1
        name = f"upload-{language.lower()}-{number}"
    return name


def uploaded(view: AssetView, asked: CaptionsRequest, track: str, cues: int) -> CaptionsMade:
    """Return the fact that a file became a text track, but for its version and where it lies."""
    said = {name: getattr(asked, name) for name in SAID}
    return CaptionsMade(
        asset_id=view.asset_id,
        tenant=view.tenant,
        track=track,
        version=0,
        source="upload",
        vtt_key="",
        cues=cues,
        **said,
    )


def changed(view: AssetView, track: TextTrack, change: CaptionsChange, cues: list[Cue] | None) -> CaptionsMade:
    """Return the fact that a text track is another, but for its version; ``cues`` are its new ones, if it has any."""
    known = {name: getattr(track, name) for name in _MADE}
    wanted = {name: value for name in SAID if (value := getattr(change, name)) is not None}
    edited: dict[str, Any] = {}
    if cues is not None:
        # Whoever listened to each word heard others.
        edited = {"source": "edit", "words_key": "", "cues": len(cues), "code": "", "message": ""}
    own = known | wanted | edited
    return CaptionsMade(asset_id=view.asset_id, tenant=view.tenant, track=track.track, version=0, **own)


def track_of(fact: CaptionsMade) -> TextTrack:
    """Return a text track as a fact has it, which the catalog may not hold yet."""
    known = {name: getattr(fact, name) for name in _MADE}
    return TextTrack(track=fact.track, version=fact.version, **known)


def no_default(view: AssetView, track: TextTrack) -> CaptionsMade:
    """Return the fact that a text track is not the default any more."""
    return replace(changed(view, track, CaptionsChange(), None), default=False)


def removed(view: AssetView, track: TextTrack) -> CaptionsRemoved:
    """Return the fact that a text track is gone, but for its version."""
    return CaptionsRemoved(asset_id=view.asset_id, tenant=view.tenant, track=track.track, version=0)


def transcribed(view: AssetView, asked: Transcription) -> CaptionsAsked:
    """Return the fact that what is said in one of an asset's audio streams is to be written down, but for its version.

    In its own language it becomes a new version of the transcript that there is, edits included; in English a track of
    its own. Raises: Refused: ``asset_not_complete``, ``sound_missing``, ``stream_missing``, ``transcription_waits``.
    """
    if view.original is None or view.probe is None or view.recipe is None:
        raise Refused(409, "asset_not_complete", "The asset was not looked at and planned yet; try again later.")
    streams = view.probe.audio
    if not streams or not view.probe.video:
        raise Refused(409, "sound_missing", "The asset has no sound beside a picture; there is nothing to write down.")
    number = asked.stream or spoken_by_default(streams)
    if number > len(streams):
        raise Refused(409, "stream_missing", f"The asset has audio streams 1 to {len(streams)}; name one of them.")
    name = transcript_of(number, translate=asked.translate)
    if any(track.track == name and _is_awaited(track) for track in view.captions):
        raise Refused(409, "transcription_waits", "This track is being transcribed already; ask when it is made.")
    return CaptionsAsked(
        asset_id=view.asset_id,
        tenant=view.tenant,
        track=name,
        version=0,
        stream_index=streams[number - 1].index,
        language=asked.language or "",
        translate=asked.translate,
        profile=view.profile or DEFAULT_PROFILE,
        hotwords=asked.hotwords,
    )


def _is_awaited(track: TextTrack) -> bool:
    return track.asked > max(track.answered, track.removed)


def edits_text(change: CaptionsChange) -> bool:
    """Tell whether a change is one of what is said."""
    return change.cues is not None or bool(change.changes) or bool(change.add)


def edited(cues: list[Cue], change: CaptionsChange) -> list[Cue]:
    """Return cues after a change, in order.

    Raises: Refused: ``cue_missing``, ``cue_timing``, ``text_invalid``, ``captions_empty``.
    """
    after: dict[int, Cue] = dict(enumerate(cues if change.cues is None else map(_given, change.cues)))
    for own in change.changes:
        if own.number not in after:
            raise Refused(409, "cue_missing", f"The track has no cue {own.number}, or it was removed; read it again.")
        if own.remove:
            del after[own.number]
        else:
            after[own.number] = _given(_with(after[own.number], own))
    result = in_order([*after.values(), *map(_given, change.add)])
    if not result:
        raise Refused(400, "captions_empty", "No cue with text would be left; DELETE removes a whole track.")
    return result


def _with(cue: Cue, change: CueChange) -> CueGiven:
    wanted = {name: value for name, value in asdict(change).items() if value is not None}
    return CueGiven(**{name: wanted.get(name, getattr(cue, name)) for name in ("start_s", "end_s", "text", "settings")})


def _given(cue: CueGiven) -> Cue:
    # As a file holds it: times to the millisecond.
    start_s, end_s = round(cue.start_s, 3), round(cue.end_s, 3)
    if end_s <= start_s:
        raise Refused(400, "cue_timing", f"The cue at {start_s} s ends before it begins, or at once.")
    if UNWRITTEN.search(cue.text):
        raise Refused(400, "text_invalid", f"The cue at {start_s} s has a character that no text has.")
    return Cue(start_s, end_s, as_markup(cue.text), known_settings(cue.settings))
