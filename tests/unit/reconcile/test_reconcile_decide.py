"""Which uploads of a listing are announced."""

import pytest
from msgspec.structs import replace

from contracts.keys import asset_id_of
from contracts.v1 import AssetPurged, Fact, Original
from services.reconcile.decide import Announced, lives, pause_s, unsettled, uploads_in
from tests import stories


def upload(key: str, etag: str = "e") -> Original:
    return Original(bucket="media", key=key, size_bytes=5, etag=etag)


def id_of(original: Original) -> str:
    return asset_id_of(original.bucket, original.key, original.etag, original.size_bytes)


A, B, C = upload("uploads/a"), upload("uploads/b"), upload("uploads/c")


def decided(
    *listing: Original, known: set[str] | None = None, announced: dict[str, Announced] | None = None, settled: int = 0
) -> list[Original]:
    return list(unsettled(uploads_in(listing), known or set(), announced or {}, settled=settled, now_s=100.0).values())


def test_an_upload_that_nobody_told_of_is_unsettled() -> None:
    assert unsettled(uploads_in([A, B]), set(), {}, settled=0, now_s=0.0) == {id_of(A): A, id_of(B): B}


def test_a_known_asset_is_settled() -> None:
    assert decided(A, B, C, known={id_of(A), id_of(C)}) == [B]


def test_an_announcement_that_ingest_has_yet_to_reach_is_waited_for() -> None:
    assert decided(A, announced={id_of(A): Announced(8, repeat_at_s=0.0)}, settled=7) == []


def test_an_announcement_that_ingest_passed_without_a_fact_is_unsettled_again_after_a_while() -> None:
    assert decided(A, announced={id_of(A): Announced(8, repeat_at_s=100.1)}, settled=8) == []
    assert decided(A, announced={id_of(A): Announced(8, repeat_at_s=100.0)}, settled=8) == [A]


def test_an_object_that_was_replaced_is_another_upload() -> None:
    replaced = upload("uploads/a", etag="other")

    assert decided(replaced, known={id_of(A)}, announced={id_of(A): Announced(3, repeat_at_s=200.0)}) == [replaced]


@pytest.mark.parametrize("key", ["uploads/folder/", "uploads/", "assets/x/index.m3u8"])
def test_what_ingest_refuses_is_not_announced(key: str) -> None:
    assert decided(upload(key)) == []


PURGED = AssetPurged(asset_id="a", objects=1, attempt=1)
INGESTED, FAILED = stories.ingested("a"), stories.failed("a")
REFUSED = replace(FAILED, service="ingest")


@pytest.mark.parametrize(
    ("life", "known"),
    [
        ([INGESTED, PURGED], False),
        ([PURGED], False),
        ([INGESTED, PURGED, FAILED], False),
        ([PURGED, INGESTED], True),
        ([INGESTED, PURGED, REFUSED], True),
    ],
)
def test_a_file_that_comes_again_after_a_purge_is_new_to_ingest(life: list[Fact], known: bool) -> None:
    assert lives(life) is known


def test_a_small_bucket_is_listed_at_the_pace_that_was_set() -> None:
    assert pause_s(listing_s=0.01, least_s=3.0) == 3.0


def test_a_large_bucket_is_listed_less_often() -> None:
    assert pause_s(listing_s=2.0, least_s=3.0) == 20.0
