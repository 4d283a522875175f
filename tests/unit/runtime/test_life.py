"""Whether an asset is deleted, by tables of facts."""

from datetime import UTC, datetime
from typing import cast

import pytest
from msgspec.structs import replace

from contracts.v1 import AssetDeleted, AssetPurged, AssetRestored, Fact
from services.runtime.life import deletion_of
from services.runtime.log import FactLog
from tests import stories
from tests.memory_log import MemoryLog

INGESTED = stories.ingested("a")
AGAIN = replace(INGESTED, attempt=1)
DELETED = AssetDeleted(asset_id="a", edit="e1", purge_at=datetime(2026, 2, 1, tzinfo=UTC))
RESTORED = AssetRestored(asset_id="a", edit="e2")
DELETED_AGAIN = replace(DELETED, edit="e3")
PURGED = AssetPurged(asset_id="a", objects=1, attempt=1)


@pytest.mark.parametrize(
    ("facts", "deletion"),
    [
        ([], None),
        ([INGESTED], None),
        ([INGESTED, DELETED], DELETED),
        ([INGESTED, DELETED, RESTORED], None),
        ([INGESTED, DELETED, RESTORED, DELETED_AGAIN], DELETED_AGAIN),
        ([INGESTED, DELETED, PURGED], PURGED),
        ([INGESTED, DELETED, PURGED, AGAIN], None),
        ([INGESTED, DELETED, PURGED, AGAIN, DELETED_AGAIN], DELETED_AGAIN),
        # Deleted while its file was awaited, which then came.
        ([DELETED, INGESTED], DELETED),
        ([DELETED, INGESTED, RESTORED], None),
        # Nothing but its upload brings back what is purged.
        ([INGESTED, DELETED, PURGED, RESTORED], PURGED),
        ([INGESTED, DELETED, PURGED, DELETED_AGAIN], PURGED),
        ([INGESTED, DELETED, PURGED, DELETED_AGAIN, AGAIN], None),
    ],
)
async def test_only_a_purge_is_followed_by_another_life(facts: list[Fact], deletion: Fact | None) -> None:
    assert await deletion_of(cast("FactLog", MemoryLog(*facts)), "a") == deletion
