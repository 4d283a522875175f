"""What an asset's facts make of its playlists, manifest and state. Pure."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from contracts.keys import (
    chapters_key,
    iframes_key,
    manifest_key,
    multivariant_key,
    playlist_key,
    text_playlist_key,
    text_segment_key,
)
from contracts.v1 import (
    AssetPackaged,
    AssetPlanned,
    AssetPlayable,
    CaptionsMade,
    ChunkEncoded,
    Fact,
    OutputRefused,
    standing,
)
from services.package.bandwidth import Bandwidth, measure
from services.package.chapters import JSON_TYPE, chapters_json, chapters_vtt
from services.package.dash import manifest
from services.package.fold import Delivered, fold, planned_in, rendition_of
from services.package.hls import media_playlist, multivariant_playlist, target_duration_s
from services.package.iframes import iframe_playlist
from services.package.stated import asset_packaged, asset_playable, left_out, silent
from services.package.text import VTT_TYPE, segments, text_playlist

HLS_TYPE = "application/vnd.apple.mpegurl"
DASH_TYPE = "application/dash+xml"


class Document(msgspec.Struct, frozen=True):
    """A text that the store must hold."""

    key: str
    body: bytes
    content_type: str


class Decision(msgspec.Struct, frozen=True):
    """Documents in the order in which they must be written, then the facts that they make true."""

    documents: list[Document]
    facts: list[Fact]


def document_keys(plan: AssetPlanned) -> list[str]:
    """Return the keys of every document that a plan leads to."""
    asset = plan.asset_id, plan.recipe
    playlists = [playlist_key(*asset, rendition_of(planned)) for planned in planned_in(plan)]
    iframes = [iframes_key(*asset, rendition_of(rung)) for rung in plan.all_rungs]
    chapters = [chapters_key(*asset, suffix) for suffix in ("vtt", "json") if plan.chapters]
    return [*playlists, *iframes, *chapters, multivariant_key(*asset), manifest_key(*asset)]


def decide(
    plan: AssetPlanned, facts: Iterable[Fact], *, attempt: int = 0, lost: Sequence[CaptionsMade] = ()
) -> Decision:
    """Return what follows from an asset's facts; facts that stand already are not stated again.

    With an ``attempt``, which somebody asked for, a complete package is stated again, for the last look at it; so it is
    when what that look refused is made once more. Text tracks that are ``lost`` are left out, of which it warns.

    Raises: Permanent: ``chunks_do_not_join``.
    """
    facts = list(facts)
    known = {type(fact) for fact in facts}
    texts = [text for text in offered(facts) if text not in lost]
    delivered = fold(plan, (fact for fact in facts if isinstance(fact, ChunkEncoded)))
    asset = plan.asset_id, plan.recipe
    documents = [
        Document(playlist_key(*asset, name), media_playlist(plan, own).encode(), HLS_TYPE)
        for name, own in delivered.items()
    ]
    documents += [
        Document(iframes_key(*asset, name), iframe_playlist(plan, own).encode(), HLS_TYPE)
        for name, own in delivered.items()
        if own.iframes
    ]
    stated: list[Fact] = []
    if _playable(plan, delivered):
        bandwidths = _bandwidths(plan, delivered)
        documents += _chapters(plan)
        playlist = multivariant_playlist(plan, delivered, bandwidths, texts)
        documents.append(Document(multivariant_key(*asset), playlist.encode(), HLS_TYPE))
        if AssetPlayable not in known:
            stated.append(asset_playable(plan))
        if _finished(plan, delivered):
            documents.append(Document(manifest_key(*asset), manifest(plan, delivered, bandwidths, texts), DASH_TYPE))
            refused, before = _answered(facts), _last_packaged(facts)
            warnings = [*silent(plan, delivered), *map(left_out, lost)]
            if attempt or refused or before is None:
                packaged = replace(asset_packaged(plan, delivered, bandwidths), attempt=attempt, warnings=warnings)
                again = {"attempt": max(attempt, refused.attempt), "remake": refused.remake} if refused else {}
                stated.append(replace(packaged, **again))
            elif before.warnings != warnings:
                stated.append(replace(before, warnings=warnings))
    return Decision(documents, stated)


def _last_packaged(facts: Iterable[Fact]) -> AssetPackaged | None:
    return next((fact for fact in reversed([*facts]) if isinstance(fact, AssetPackaged)), None)


def _chapters(plan: AssetPlanned) -> list[Document]:
    if not plan.chapters:
        return []
    vtt, json = (chapters_key(plan.asset_id, plan.recipe, suffix) for suffix in ("vtt", "json"))
    return [
        Document(vtt, chapters_vtt(plan.chapters).encode(), VTT_TYPE),
        Document(json, chapters_json(plan.chapters), JSON_TYPE),
    ]


def offered(facts: Iterable[Fact]) -> list[CaptionsMade]:
    """Return the text tracks that players are offered: those with something to read."""
    return [text for text in standing(facts) if text.cues]


def text_documents(plan: AssetPlanned, text: CaptionsMade, vtt: str) -> list[Document]:
    """Return a text track's segments, then their playlist, so that it never leads to what is not there."""
    track = plan.asset_id, plan.recipe, text.track, text.version
    cut = [
        Document(text_segment_key(*track, number), body.encode(), VTT_TYPE)
        for number, body in enumerate(segments(plan, vtt))
    ]
    playlist = text_playlist(plan, text, target_duration_s(plan))
    return [*cut, Document(text_playlist_key(*track), playlist.encode(), HLS_TYPE)]


def _answered(facts: Iterable[Fact]) -> OutputRefused | None:
    """Return the refusal of outputs that are made once more by now, and wait for another look."""
    facts = list(facts)
    packaged = [fact for fact in facts if isinstance(fact, AssetPackaged)]
    remakes = {fact.part: fact.remake for fact in facts if isinstance(fact, ChunkEncoded)}
    for refused in [fact for fact in facts if isinstance(fact, OutputRefused)][-1:]:
        is_made = all(remakes.get(part, 0) >= refused.remake for part in refused.shares)
        if is_made and not any(map(refused.is_answered_by, packaged)):
            return refused
    return None


def _playable(plan: AssetPlanned, delivered: Mapping[str, Delivered]) -> bool:
    """Tell whether a player can start: a picture that all play, and the sound that is heard with it.

    Other languages are made one after the other; who waited for all would wait for most of the work.
    """
    return any(rendition_of(rung) in delivered for rung in plan.rungs) and all(
        rendition_of(track) in delivered for track in plan.audio[:1]
    )


def _finished(plan: AssetPlanned, delivered: Mapping[str, Delivered]) -> bool:
    names = [rendition_of(planned) for planned in planned_in(plan)]
    return all(name in delivered and delivered[name].complete for name in names)


def _bandwidths(plan: AssetPlanned, delivered: Mapping[str, Delivered]) -> dict[str, Bandwidth]:
    """Return measured bandwidths, but while a rendition grows no less than planned: films open with a black screen."""
    planned_bps = {rendition_of(planned): planned.bitrate_bps for planned in planned_in(plan)}
    target_s = target_duration_s(plan)
    return {
        name: measure(own, target_s) if own.complete else measure(own, target_s).at_least(planned_bps[name])
        for name, own in delivered.items()
    }
