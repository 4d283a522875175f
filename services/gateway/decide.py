"""What the gateway answers: pure functions from requests and catalog rows to documents."""

import base64

import msgspec

from contracts.v1 import Receipt, Rendition
from services.gateway.documents import AssetDocument, AssetPage, AssetSummary, Playback, RenditionDocument
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
        return msgspec.json.decode(packed, type=Position)
    except (ValueError, msgspec.DecodeError) as error:
        raise Permanent("cursor_invalid", "The cursor is not one of ours; leave it out to start anew.") from error


def progress_of(row: CatalogRow) -> float:
    """Return how much of an asset is done, 0 to 1; 1 is said only of a ready one."""
    if row.view.state == "ready":
        return 1.0
    if not row.view.planned_parts:
        return 0.0
    return round(min(_ALMOST, row.encoded_parts / row.view.planned_parts), 4)


def playback_of(view: AssetView, links: Links, token: str = TOKEN) -> Playback:
    """Return where an asset is played; ``token`` opens it where it is not public."""
    keys = (view.hls_key, view.dash_key, view.poster_key, view.storyboard_key)
    hls, dash, poster, storyboard = (None if key is None else links.to(key, token) for key in keys)
    return Playback(view.playback_policy, hls, dash, poster, storyboard)


class Documents:
    """Makes documents whose links lead to where readers find the outputs."""

    def __init__(self, links: Links) -> None:
        """Link to outputs."""
        self._links = links

    def page(self, rows: list[CatalogRow], limit: int) -> AssetPage:
        """Return the page that rows make, of which there may be one more than ``limit``."""
        shown = rows[:limit]
        following = cursor_of(shown[-1].view) if len(rows) > limit else None
        return AssetPage([self.summary(row) for row in shown], following)

    def summary(self, row: CatalogRow) -> AssetSummary:
        """Return an asset as a list shows it."""
        view = row.view
        return AssetSummary(
            asset_id=view.asset_id,
            state=view.state,
            name=view.name,
            progress=progress_of(row),
            created_at=view.created_at,
            updated_at=view.updated_at,
            duration_s=view.duration_s,
            playback=playback_of(view, self._links),
        )

    def asset(self, row: CatalogRow) -> AssetDocument:
        """Return everything known of an asset."""
        view = row.view
        return AssetDocument(
            **msgspec.structs.asdict(self.summary(row)),
            original=view.original,
            probe=view.probe,
            renditions=self._renditions(view),
            warnings=view.warnings,
            non_standard_input=view.non_standard_input,
            errors=view.errors,
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
