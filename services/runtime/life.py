"""Whether an asset is deleted, as the log says it."""

from contracts.v1 import AssetDeleted, AssetIngested, AssetPurged, AssetRestored
from services.runtime.log import FactLog


async def deletion_of(log: FactLog, asset_id: str) -> AssetDeleted | AssetPurged | None:
    """Return the fact by which an asset is deleted or purged; None when it lives, or lives again."""
    # Most assets never were deleted, and this costs them one short question.
    if not await log.stated(AssetDeleted.subject_filter(asset_id)):
        return None
    facts = await log.facts(asset_id, AssetIngested, AssetDeleted, AssetRestored, AssetPurged)
    last = facts[-1] if facts else None
    return last if isinstance(last, AssetDeleted | AssetPurged) else None
