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
    assert not [name for name in document["data"] if name.endswith(("key", "recipe", "grid", "segments"))]


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
