"""Changes of text tracks: writes a new file, states the fact, and looks again; between changes the log decides."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import TypeVar

from msgspec.structs import replace

from contracts.keys import captions_key
from contracts.v1 import CaptionsAsked, CaptionsMade, CaptionsRemoved, captions_of
from services.gateway.assets import Assets
from services.gateway.caption_documents import MOST_BYTES, CaptionsChange, CaptionsRequest, Transcription
from services.gateway.caption_edits import (
    changed,
    edited,
    edits_text,
    free_track,
    no_default,
    removed,
    track_of,
    transcribed,
    uploaded,
)
from services.gateway.captions import etag_of, found_track
from services.gateway.edits import refuse_deleted
from services.gateway.etags import matches
from services.gateway.facts import Facts, log_errors
from services.gateway.refusals import Refused
from services.gateway.view import AssetView, TextTrack
from services.runtime.cues import Cue
from services.runtime.errors import Stale
from services.runtime.log import FactLog
from services.runtime.store import FOREVER, Store
from services.runtime.text_facts import last_versions
from services.runtime.webvtt import read_text_track, webvtt

_MOST_TRIES = 5
_MEDIA_TYPE = "text/vtt; charset=utf-8"

F = TypeVar("F", CaptionsAsked, CaptionsMade, CaptionsRemoved)
# A fact, but for its version and where its text lies, and its text where that is new.
_Decided = tuple[F, list[Cue] | None]


class Texts:
    """Does what people ask for, within a tenant.

    Every method raises Refused: ``asset_missing``, ``asset_deleted``; Stale: ``asset_changed``, again and again;
    Transient: a server is away.
    """

    def __init__(self, assets: Assets, facts: Facts, log: FactLog, store: Store) -> None:
        """Read the catalog, read and write the log, write to the store."""
        self._assets = assets
        self._facts = facts
        self._log = log
        self._store = store

    async def found(self, tenant: str, asset_id: str) -> AssetView:
        """Return an asset that is not deleted."""
        view = (await self._assets.found(tenant, asset_id)).view
        refuse_deleted(view)
        return view

    async def cues(self, track: TextTrack) -> list[Cue]:
        """Return what a track says.

        Raises: Permanent: ``object_missing``.
        """
        if not track.cues:
            return []
        return await asyncio.to_thread(read_text_track, await self._store.get(track.vtt_key))

    async def add(self, tenant: str, asset_id: str, asked: CaptionsRequest, text: str) -> TextTrack:
        """Make a file a text track.

        Raises: Permanent: as ``read_text_track``. Refused: ``captions_too_large``.
        """
        cues = await asyncio.to_thread(read_text_track, text)

        async def decide(view: AssetView) -> _Decided[CaptionsMade]:
            return uploaded(view, asked, free_track(view, asked.language), len(cues)), cues

        return track_of(await self._stated(tenant, asset_id, decide))

    async def transcribe(self, tenant: str, asset_id: str, asked: Transcription) -> tuple[AssetView, CaptionsAsked]:
        """Have what is said written down once more; return the asset and what was asked for.

        Raises: Refused: as ``transcribed``.
        """

        async def decide(view: AssetView) -> _Decided[CaptionsAsked]:
            return transcribed(view, asked), None

        fact = await self._stated(tenant, asset_id, decide)
        return await self.found(tenant, asset_id), fact

    async def change(
        self, tenant: str, asset_id: str, name: str, change: CaptionsChange, if_match: str | None
    ) -> TextTrack:
        """Make a track another; ``if_match`` is what somebody has seen.

        Raises: Refused: ``captions_missing``, ``precondition_failed``, ``captions_too_large``, as ``edited``.
        """

        async def decide(view: AssetView) -> _Decided[CaptionsMade]:
            track = _expected(view, name, if_match)
            if not edits_text(change):
                return changed(view, track, change, None), None
            cues = await asyncio.to_thread(edited, await self.cues(track), change)
            return changed(view, track, change, cues), cues

        return track_of(await self._stated(tenant, asset_id, decide))

    async def remove(self, tenant: str, asset_id: str, name: str, if_match: str | None) -> AssetView:
        """Take a track away.

        Raises: Refused: ``captions_missing``, ``precondition_failed``.
        """

        async def decide(view: AssetView) -> _Decided[CaptionsRemoved]:
            return removed(view, _expected(view, name, if_match)), None

        await self._stated(tenant, asset_id, decide)
        return await self.found(tenant, asset_id)

    async def _stated(self, tenant: str, asset_id: str, decide: Callable[[AssetView], Awaitable[_Decided[F]]]) -> F:
        """State what is decided of an asset, or decide again where others were faster; return what was stated."""
        for _ in range(1, _MOST_TRIES):
            with suppress(Stale):
                return await self._tried(tenant, asset_id, decide)
        return await self._tried(tenant, asset_id, decide)

    async def _tried(self, tenant: str, asset_id: str, decide: Callable[[AssetView], Awaitable[_Decided[F]]]) -> F:
        """State a fact as the next version of its track; of default tracks it is the only one from then on."""
        view, after = await self._settled(tenant, asset_id)
        fact, cues = await decide(view)
        versions = await self._last_versions(asset_id)
        version = versions.get(fact.track, 0) + 1
        own: dict[str, object] = {"version": version}
        if cues is not None:
            own["vtt_key"] = await self._written(view, fact.track, version, cues)
        if isinstance(fact, CaptionsMade) and fact.default:
            after = await self._only_default(view, fact.track, versions, after)
        fact = replace(fact, **own)
        await self._facts.state(fact, after=after, among=captions_of(asset_id))
        return fact

    async def _settled(self, tenant: str, asset_id: str) -> tuple[AssetView, int]:
        """Return an asset as the log has it, and the sequence of the last fact about its text tracks."""
        await self.found(tenant, asset_id)
        after = await self._facts.last_sequence(captions_of(asset_id))
        await self._facts.folded(after)
        return await self.found(tenant, asset_id), after

    async def _only_default(self, view: AssetView, name: str, versions: Mapping[str, int], after: int) -> int:
        for track in view.captions:
            if track.version and track.default and track.track != name:
                fact = replace(no_default(view, track), version=versions.get(track.track, 0) + 1)
                await self._facts.state(fact, after=after, among=captions_of(view.asset_id))
                after = await self._facts.last_sequence(captions_of(view.asset_id))
        return after

    async def _last_versions(self, asset_id: str) -> dict[str, int]:
        with log_errors():
            return await last_versions(self._log, asset_id)

    async def _written(self, view: AssetView, name: str, version: int, cues: list[Cue]) -> str:
        """Write a file that nobody else writes; what was written and never stated keeps its place."""
        body = await asyncio.to_thread(webvtt, cues)
        if len(body) > MOST_BYTES:
            raise Refused(413, "captions_too_large", "The text track is larger than 2 MiB as WebVTT; shorten it.")
        while True:
            key = captions_key(view.asset_id, view.playback_policy, name, version)
            try:
                await self._store.put(key, body, content_type=_MEDIA_TYPE, cache_control=FOREVER, if_absent=True)
            except Stale:
                version += 1
            else:
                return key


def _expected(view: AssetView, name: str, if_match: str | None) -> TextTrack:
    track = found_track(view, name)
    if if_match is not None and not matches(if_match, etag_of(track)):
        raise Refused(412, "precondition_failed", "The text track was changed since; get it again.")
    return track
