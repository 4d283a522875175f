"""What the gateway answers: pure functions from requests and catalog rows to documents."""

import base64
from collections.abc import Mapping, Sequence
from datetime import UTC

import msgspec

from contracts.estimates import Estimate
from contracts.v1 import Receipt, Rendition
from services.gateway.caption_documents import Match
from services.gateway.captions import documents_of
from services.gateway.documents import (
    AssetDocument,
    AssetPage,
    AssetSummary,
    DownloadDocument,
    Playback,
    RenditionDocument,
)
from services.gateway.links import TOKEN, Links
from services.gateway.view import AssetView, CatalogRow, Position
from services.runtime.errors import Permanent

_ALMOST = 0.99  # what remains when every part is encoded: packaging and verification


def cursor_of(view: AssetView) -> str:
    """Return the opaque text that leads to the assets after this one."""
    packed = msgspec.json.encode(Position(view.created_at, view.asset_id))
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def position_of(cursor: str) -> Position:
    """Return the place that a cursor leads to.

    Raises: Permanent: ``cursor_invalid``.
    """
    try:
        packed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        position = msgspec.json.decode(packed, type=Position)
        return msgspec.structs.replace(position, created_at=position.created_at.astimezone(UTC))
    except (ValueError, OverflowError, msgspec.DecodeError) as error:
        raise Permanent("cursor_invalid", "The cursor is not one of ours; leave it out to start anew.") from error


def progress_of(row: CatalogRow) -> float:
    """Return how much of an asset is done, 0 to 1; 1 is said only of a ready one."""
    if row.view.state == "ready":
        return 1.0
    planned_parts = (row.view.retry or row.view).planned_parts
    return round(min(_ALMOST, row.encoded_parts / planned_parts), 4) if planned_parts else 0.0


def playback_of(view: AssetView, links: Links, token: str = TOKEN) -> Playback:
    """Return where an asset is played, nowhere once it is deleted; ``token`` opens it where it is not public."""
    if view.deleted_at is not None:
        return Playback(view.playback_policy, None, None, None, None, None)
    poster_key = view.chosen_poster_key or view.poster_key
    keys = (view.hls_key, view.dash_key, poster_key, view.storyboard_key, view.chapters_key or None)
    hls, dash, poster, storyboard, chapters = (None if key is None else links.to(key, token) for key in keys)
    return Playback(view.playback_policy, hls, dash, poster, storyboard, chapters)


class Documents:
    """Makes documents whose links lead to where readers find the outputs."""

    def __init__(self, links: Links) -> None:
        """Link to outputs."""
        self._links = links

    def page(self, rows: list[CatalogRow], limit: int, matches: Mapping[str, list[Match]]) -> AssetPage:
        """Return the page that rows make, of which there may be one more than ``limit``; matches are by asset."""
        shown = rows[:limit]
        following = cursor_of(shown[-1].view) if len(rows) > limit else None
        return AssetPage([self.summary(row, matches.get(row.view.asset_id, ())) for row in shown], following)

    def summary(self, row: CatalogRow, matches: Sequence[Match] = ()) -> AssetSummary:
        """Return an asset as a list shows it."""
        view = row.view
        return AssetSummary(
            asset_id=view.asset_id,
            tenant=view.tenant,
            state=view.shown_state,
            kind=view.kind,
            name=view.name,
            title=view.title,
            tags=view.tags,
            category=view.category,
            progress=progress_of(row),
            created_at=view.created_at,
            updated_at=view.updated_at,
            duration_s=view.duration_s,
            playback=playback_of(view, self._links),
            attempts=view.attempt + 1,
            last_error=view.errors[-1] if view.errors else None,
            matches=list(matches),
        )

    def asset(self, row: CatalogRow, estimate: Estimate | None = None) -> AssetDocument:
        """Return everything known of an asset."""
        view = row.view
        return AssetDocument(
            **msgspec.structs.asdict(self.summary(row)),
            description=view.description,
            metadata=view.metadata,
            downloads=[
                DownloadDocument(made.rung, made.size_bytes) for made in view.downloads if made.recipe == view.recipe
            ],
            deleted_at=view.deleted_at,
            purge_at=view.purge_at,
            original=view.original,
            probe=view.probe,
            renditions=self._renditions(view),
            captions=documents_of(view, self._links),
            warnings=[*view.warnings, *view.left_out],
            non_standard_input=view.non_standard_input,
            errors=view.errors,
            estimate=estimate,
        )

    def _renditions(self, view: AssetView) -> list[RenditionDocument]:
        receipts = {receipt.rendition: receipt for receipt in view.receipts}
        return [self._rendition(rendition, receipts.get(rendition.rendition)) for rendition in view.renditions]

    def _rendition(self, rendition: Rendition, receipt: Receipt | None) -> RenditionDocument:
        known = msgspec.structs.asdict(rendition)
        playlist = self._url(known.pop("playlist_key"))
        assert playlist is not None
        iframes = self._url(known.pop("iframes_key"))
        name = known.pop("rendition")
        return RenditionDocument(name=name, playlist=playlist, iframes=iframes, receipt=receipt, **known)

    def _url(self, key: str | None) -> str | None:
        return None if key is None else self._links.to(key)
