"""Whether an asset is deleted, or one of its versions retired, as the log says it."""

from contracts.v1 import AssetDeleted, AssetIngested, AssetPurged, AssetRestored, Fact, VersionRetired
from services.runtime.log import FactLog


async def deletion_of(log: FactLog, asset_id: str) -> AssetDeleted | AssetPurged | None:
    """Return the fact by which an asset is deleted or purged; None when it lives, or lives again."""
    # Most assets never were deleted, and this costs them one short question.
    if not await log.stated(AssetDeleted.subject_filter(asset_id)):
        return None
    deletion: AssetDeleted | AssetPurged | None = None
    for fact in await log.facts(asset_id, AssetIngested, AssetDeleted, AssetRestored, AssetPurged):
        deletion = _after(deletion, fact)
    return deletion


async def is_retired(log: FactLog, asset_id: str, recipe: str) -> bool:
    """Tell whether nothing may be left of what is made of an asset under a recipe."""
    return bool(await log.stated(VersionRetired(asset_id=asset_id, recipe=recipe).subject))


def _after(deletion: AssetDeleted | AssetPurged | None, fact: Fact) -> AssetDeleted | AssetPurged | None:
    """Return what a deletion is after one more fact.

    What was deleted before its file came stays so when it comes; only a purge is followed by another life.
    """
    match fact:
        case AssetPurged():
            return fact
        case AssetDeleted() if not isinstance(deletion, AssetPurged):
            return fact
        case AssetRestored() if isinstance(deletion, AssetDeleted):
            return None
        case AssetIngested() if isinstance(deletion, AssetPurged):
            return None
        case _:
            return deletion
