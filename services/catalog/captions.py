"""What an asset's text tracks are after a fact about one: the highest version stands, whichever is heard last. Pure."""

from typing import Any

from msgspec.structs import replace

from contracts.v1 import CaptionsAsked, CaptionsFact, CaptionsMade, CaptionsRefused, CaptionsRemoved
from services.catalog.view import AssetView, TextTrack

_MADE = (
    "version", "language", "name", "source", "vtt_key", "words_key", "cues", "default", "forced", "sdh",
    "language_probability", "code", "message",
)  # fmt: skip


def captions_news(view: AssetView, fact: CaptionsFact) -> dict[str, Any]:
    """Return the fields of the view that a fact about a text track changes."""
    known = next((track for track in view.captions if track.track == fact.track), TextTrack(track=fact.track))
    tracks = [_after(known, fact), *(track for track in view.captions if track.track != fact.track)]
    return {"captions": sorted(tracks, key=lambda track: track.track)}


def _after(known: TextTrack, fact: CaptionsFact) -> TextTrack:
    answered = fact.asked if isinstance(fact, CaptionsMade | CaptionsRefused) else 0
    known = replace(known, answered=max(known.answered, answered))
    match fact:
        case CaptionsAsked():
            return replace(known, asked=max(known.asked, fact.version))
        case CaptionsMade() if fact.version >= max(known.version, known.removed):
            made = {name: getattr(fact, name) for name in _MADE}
            is_answer = fact.version >= known.refused
            return replace(known, **made, **(_NOT_REFUSED if is_answer else {}))
        case CaptionsRemoved() if fact.version >= known.version:
            return TextTrack(track=known.track, removed=fact.version, asked=known.asked, answered=known.answered)
        case CaptionsRefused() if fact.version > max(known.version, known.removed, known.refused):
            refusal = {"refused": fact.version, "refused_code": fact.code, "refused_message": fact.message}
            return replace(known, **refusal)
        case _:
            return known


_NOT_REFUSED = {"refused": 0, "refused_code": "", "refused_message": ""}
