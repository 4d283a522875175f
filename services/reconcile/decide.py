"""Decides which uploads of a listing may have been missed."""

from collections.abc import Container, Iterable, Mapping, Sequence

import msgspec

from contracts.keys import asset_id_of, is_upload
from contracts.v1 import AssetFailed, AssetPurged, Fact, Original

_LISTING_SHARE = 10


class Announced(msgspec.Struct, frozen=True):
    """An announcement of ours: its sequence in BUCKET, and when it may be repeated, on the clock of the process."""

    sequence: int
    repeat_at_s: float


def uploads_in(listing: Iterable[Original]) -> dict[str, Original]:
    """Return the uploads of a listing by asset id."""
    return {
        asset_id_of(upload.bucket, upload.key, upload.etag, upload.size_bytes): upload
        for upload in listing
        if is_upload(upload.key)
    }


def lives(life: Sequence[Fact]) -> bool:
    """Tell whether ``ingest`` has dealt with an upload since it was purged; other work may only have ended late."""
    told = [fact for fact in life if not isinstance(fact, AssetFailed) or fact.service == "ingest"]
    return bool(told) and not isinstance(told[-1], AssetPurged)


def unsettled(
    uploads: Mapping[str, Original],
    known: Container[str],
    announced: Mapping[str, Announced],
    *,
    settled: int,
    now_s: float,
) -> dict[str, Original]:
    """Return by asset id the uploads that ``ingest`` may never have heard of.

    Left out are those whose asset is ``known``, and those that were announced a short while ago or at a sequence of
    BUCKET that ``ingest`` has yet to reach; it has dealt with everything up to ``settled``.
    """
    waiting = {asset_id for asset_id, told in announced.items() if told.sequence > settled or now_s < told.repeat_at_s}
    return {
        asset_id: upload for asset_id, upload in uploads.items() if asset_id not in known and asset_id not in waiting
    }


def pause_s(listing_s: float, least_s: float) -> float:
    """Return how long to wait after a listing, so that listing a large bucket takes a small share of the time."""
    return max(least_s, _LISTING_SHARE * listing_s)
