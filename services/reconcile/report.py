"""What is wrong between the store and the log, as a document; ``--repair`` says what became of it."""

from datetime import datetime
from typing import Literal

import msgspec

from contracts.steps import RetryStep

OrphanReason = Literal["asset_purged", "recipe_unknown"]
"""Why an object belongs to nothing: its asset was purged, or its recipe never planned, or removed."""


class Orphan(msgspec.Struct, frozen=True):
    """An object that belongs to nothing."""

    key: str
    size_bytes: int
    stored_at: datetime
    asset_id: str
    reason: OrphanReason
    is_deleted: bool = False


class Missing(msgspec.Struct, frozen=True):
    """Outputs of a ready asset that the log states and the store has not; ``steps`` are what makes them again."""

    asset_id: str
    recipe: str
    keys: list[str]
    steps: list[RetryStep]
    is_asked_for: bool = False


class Abandoned(msgspec.Struct, frozen=True):
    """An object that was begun in parts, of which nothing was heard for long."""

    key: str
    upload_id: str
    heard_at: datetime
    is_aborted: bool = False


class Stranger(msgspec.Struct, frozen=True):
    """Objects of an asset that this log never heard of; perhaps another one did, so nobody can call them waste."""

    asset_id: str
    objects: int
    size_bytes: int


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was found.

    ``unannounced`` are keys of uploads that no fact tells of, ``originals_missing`` keys of originals of living assets,
    ``left_behind`` restored assets whose objects lie withdrawn still; ``too_young`` counts objects that may be in work.
    """

    at: datetime
    objects: int
    too_young: int
    orphans: list[Orphan]
    missing: list[Missing]
    abandoned: list[Abandoned]
    unannounced: list[str]
    originals_missing: list[str]
    left_behind: list[str]
    strangers: list[Stranger]

    @property
    def is_clean(self) -> bool:
        """Tell whether everything found was repaired; what nobody can prove to be waste is nothing to repair."""
        return (
            all(orphan.is_deleted for orphan in self.orphans)
            and all(missing.is_asked_for for missing in self.missing)
            and all(begun.is_aborted for begun in self.abandoned)
            and not self.unannounced
            and not self.originals_missing
            and not self.left_behind
        )
