"""Text tracks as they are told, and found by their names. Pure."""

from msgspec.structs import replace

from contracts.v1 import CaptionsAsked
from services.gateway.caption_documents import CaptionsDocument
from services.gateway.links import Links
from services.gateway.refusals import Refused
from services.gateway.view import AssetView, TextTrack

SAID = ("language", "name", "default", "forced", "sdh")
"""What people say of a text track."""


def document_of(track: TextTrack, links: Links) -> CaptionsDocument:
    """Return a text track as people see it; one that never was made is `unavailable` with the reason."""
    made = track.version > 0
    told = {name: getattr(track, name) for name in SAID}
    return CaptionsDocument(
        track=track.track,
        state="made" if made else "unavailable",
        version=track.version,
        **told,
        source=track.source if made else None,
        cues=track.cues,
        url=links.to(track.vtt_key) if made else None,
        words_url=links.to(track.words_key) if track.words_key else None,
        language_probability=track.language_probability,
        code=track.code if made else track.refused_code,
        message=track.message if made else track.refused_message,
        refusal_code=track.refused_code if made else "",
        refusal_message=track.refused_message if made else "",
    )


def documents_of(view: AssetView, links: Links) -> list[CaptionsDocument]:
    """Return an asset's text tracks, without those that were removed; none once the asset is deleted."""
    if view.deleted_at is not None:
        return []
    return [document_of(track, links) for track in view.captions if track.version or track.refused]


def found_track(view: AssetView, name: str) -> TextTrack:
    """Return a text track that has text.

    Raises: Refused: ``captions_missing``.
    """
    for track in view.captions:
        if track.track == name and track.version:
            return track
    raise Refused(404, "captions_missing", "The asset has no such text track; GET its captions shows which it has.")


def etag_of(track: TextTrack) -> str:
    """Return a tag that changes with every version."""
    return f"{track.track}-{track.version}"


def making_of(view: AssetView, asked: CaptionsAsked, links: Links) -> CaptionsDocument:
    """Return the text track that was asked for, as it is until it is made."""
    empty = TextTrack(track=asked.track, language=asked.language or "und", source="speech")
    known = next((track for track in view.captions if track.track == asked.track and track.version), empty)
    return replace(document_of(known, links), state="making")
