"""Decides which uploads of a listing may have been missed."""

from collections.abc import Container, Iterable, Mapping

from contracts.keys import asset_id_of, is_upload
from contracts.v1 import Original

_LISTING_SHARE = 10


def unsettled(
    listing: Iterable[Original], known: Container[str], announced: Mapping[str, int], settled: int
) -> dict[str, Original]:
    """Return by asset id the uploads that ``ingest`` may never have heard of.

    Left out are those whose asset is ``known`` and those that stand in ``announced`` at a sequence of BUCKET that
    ``ingest`` has yet to reach; it has dealt with everything up to ``settled``.
    """
    uploads = {
        asset_id_of(upload.bucket, upload.key, upload.etag, upload.size_bytes): upload
        for upload in listing
        if is_upload(upload.key)
    }
    return {
        asset_id: upload
        for asset_id, upload in uploads.items()
        if asset_id not in known and announced.get(asset_id, 0) <= settled
    }


def pause_s(listing_s: float, least_s: float) -> float:
    """Return how long to wait after a listing, so that listing a large bucket takes a small share of the time."""
    return max(least_s, _LISTING_SHARE * listing_s)
