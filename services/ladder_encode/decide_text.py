"""Which subtitles are still to be read, and the facts about those that were. Pure."""

from collections.abc import Iterable, Sequence

import msgspec

from contracts.keys import captions_key, policy_of
from contracts.languages import bcp47, name_of
from contracts.v1 import AssetPurged, CaptionsFact, CaptionsMade, CaptionsRefused, ExtractText, Fact, TextStream
from services.runtime.errors import HeadraceError

_DEADLINE_S = 120.0
_ALL = "embedded"


class Subtitles(msgspec.Struct, frozen=True):
    """What was read of one stream: a WebVTT file, and how many cues it has."""

    index: int
    vtt: str
    cues: int


def wanted(task: ExtractText, facts: Iterable[Fact]) -> dict[int, int]:
    """Return the versions to make by the index of their streams; what was made before, people may have changed."""
    versions: dict[str, int] = {}
    known: set[str] = set()
    for fact in facts:
        if isinstance(fact, AssetPurged):
            known.clear()
        elif isinstance(fact, CaptionsFact):
            known.add(fact.track)
            versions[fact.track] = max(versions.get(fact.track, 0), fact.version)
    tracks = {stream.index: track_of(stream) for stream in task.streams}
    return {index: versions.get(track, 0) + 1 for index, track in tracks.items() if track not in known}


def track_of(stream: TextStream) -> str:
    """Return the name of the track that a stream becomes."""
    return f"{_ALL}-{stream.index}"


def deadline_s(task: ExtractText) -> float:
    """Return when reading has taken so long that something must be wrong."""
    return _DEADLINE_S + task.duration_s


def captions_made(task: ExtractText, read: Sequence[Subtitles], versions: dict[int, int]) -> list[CaptionsMade]:
    """Return the facts about what was read."""
    streams = {stream.index: stream for stream in task.streams}
    return [_made(task, streams[own.index], own, versions[own.index]) for own in read]


def text_refused(task: ExtractText, error: HeadraceError) -> CaptionsRefused:
    """Return the fact that an original's subtitles cannot be read; it is played without."""
    return CaptionsRefused(
        asset_id=task.asset_id, tenant=task.tenant, track=_ALL, version=1, code=error.code, message=error.message
    )


def _made(task: ExtractText, stream: TextStream, own: Subtitles, version: int) -> CaptionsMade:
    language = bcp47(stream.language)
    return CaptionsMade(
        asset_id=task.asset_id,
        tenant=task.tenant,
        track=track_of(stream),
        version=version,
        language=language,
        name=stream.title or name_of(language),
        source="embedded",
        vtt_key=captions_key(task.asset_id, policy_of(task.recipe), track_of(stream), version),
        cues=own.cues,
        default=stream.default,
        forced=stream.forced,
        sdh=stream.sdh,
        code="" if own.cues else "no_cues",
        message="" if own.cues else "These subtitles of the file have no text.",
    )
