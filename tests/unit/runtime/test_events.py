"""What listeners outside are told."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from contracts import codec
from contracts.v1 import Fact
from services.runtime.events import happened, is_wanted

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
GOLDEN = Path(__file__).parents[2] / "contracts" / "golden"
FACTS = [
    fact
    for path in sorted(GOLDEN.glob("*.json"))
    if path.stem not in {"dead", "alert", "notification"} and isinstance(fact := codec.decode(path.read_bytes()), Fact)
]


@pytest.mark.parametrize("fact", FACTS, ids=[fact.kind() for fact in FACTS])
def test_every_fact_is_told_without_what_is_inside(fact: Fact) -> None:
    told = happened(fact, 7, NOON)  # type: ignore[arg-type]  # every fact is one of them
    document = json.loads(told.document)
    assert (document["sequence"], document["type"], document["asset_id"]) == (7, fact.kind(), fact.asset_id)
    assert (document["at"], told.tenant) == ("2026-01-01T12:00:00Z", fact.tenant)
    # Of versions, the recipe is the name.
    inside = ("key", "grid", "segments", *(() if fact.kind().startswith("version.") else ("recipe",)))
    assert not [name for name in document["data"] if name.endswith(inside)]


@pytest.mark.parametrize(
    ("kind", "fields"),
    {
        "asset.described": {"title", "category", "tags"},
        "asset.deleted": {"purge_at"},
        "asset.restored": set(),
        "asset.purged": {"objects"},
        "asset.retried": {"step", "attempt"},
        "asset.playable": set(),
        "poster.chosen": {"at_s"},
        "poster.made": {"poster_width", "poster_height"},
        "download.made": {"rung", "size_bytes"},
        "copy.refused": {"code"},
        "version.chosen": {"recipe"},
        "version.removed": {"recipe", "objects"},
        "complexity.measured": set(),
        "quality.measured": set(),
    }.items(),
)
def test_what_people_did_and_got_is_told_in_few_words(kind: str, fields: set[str]) -> None:
    (fact,) = [fact for fact in FACTS if fact.kind() == kind]
    data = json.loads(happened(fact, 7, NOON).document)["data"]
    assert set(data) == fields


def test_no_key_and_no_text_of_the_owner_but_the_title_is_told() -> None:
    for fact in FACTS:
        document = happened(fact, 7, NOON).document.decode()
        assert not any(f'"{root}' in document for root in ("uploads/", "assets/", "private/", "posters/", "deleted/"))
        assert "metadata" not in document
        assert "description" not in document


def test_an_alert_is_told_under_its_kind() -> None:
    alert = codec.decode_alert((GOLDEN / "alert.json").read_bytes())
    told = happened(alert, 8, NOON)
    assert (told.type, told.tenant, told.asset_id) == ("alert.retries_exhausted", "acme", alert.asset_id)
    assert json.loads(told.document)["data"] == {
        "about": "ladder_encode",
        "code": "store_unavailable",
        "message": alert.message,
    }


@pytest.mark.parametrize(
    ("filters", "passes"),
    [(["*"], True), (["asset.*"], True), (["chunk.*", "asset.ready"], True), (["asset.failed"], False), ([], False)],
)
def test_filters_name_one_type_or_all_of_a_kind(filters: list[str], passes: bool) -> None:
    assert is_wanted("asset.ready", filters) is passes
