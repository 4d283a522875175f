"""What the log says of each asset's objects: a fold over the facts about where something was made or given up. Pure."""

from contracts.v1 import (
    AssetAwaited,
    AssetDeleted,
    AssetFailed,
    AssetIngested,
    AssetPlanned,
    AssetPurged,
    AssetReady,
    AssetRestored,
    AssetRetried,
    Fact,
    Original,
    VersionChosen,
    VersionRemoved,
)

KINDS = (
    AssetAwaited,
    AssetIngested,
    AssetFailed,
    AssetPlanned,
    AssetReady,
    AssetDeleted,
    AssetRestored,
    AssetPurged,
    AssetRetried,
    VersionChosen,
    VersionRemoved,
)
"""The kinds of facts that say so."""


class Known:
    """What is known of one asset; ``recipes`` are those of which objects may lie in the store, ``ready`` is played.

    ``is_told``: ``ingest`` has dealt with its original since it was purged, if it was. ``attempt`` is the latest.
    """

    def __init__(self) -> None:
        """Begin before the first fact."""
        self.tenant = ""
        self.original: Original | None = None
        self.is_told = False
        self.is_purged = False
        self.is_deleted = False
        self.recipes: set[str] = set()
        self.ready: str | None = None
        self.attempt = 0
        self._removed: set[str] = set()

    def take(self, fact: Fact) -> None:
        """Count in one more fact, in the order of the log."""
        self.tenant = fact.tenant
        match fact:
            case AssetIngested():
                self.original, self.is_told, self.is_purged = fact.original, True, False
                self.attempt = max(self.attempt, fact.attempt)
            case AssetFailed(service="ingest"):
                self.is_told = True
            case AssetRetried():
                self.attempt = max(self.attempt, fact.attempt)
            case AssetDeleted():
                self.is_deleted = True
            case AssetRestored():
                self.is_deleted = False
            case AssetPurged():
                self._purged(fact)
            case AssetPlanned() | AssetReady() | VersionChosen() | VersionRemoved() if not self.is_purged:
                self._version(fact)

    def _version(self, fact: AssetPlanned | AssetReady | VersionChosen | VersionRemoved) -> None:
        match fact:
            case AssetPlanned():
                self.recipes |= {fact.recipe} - self._removed
            case AssetReady() | VersionChosen():
                self.ready = fact.recipe
            case VersionRemoved():
                self._removed.add(fact.recipe)
                self.recipes.discard(fact.recipe)

    def _purged(self, fact: AssetPurged) -> None:
        self.original, self.ready = None, None
        self.is_told = self.is_deleted = False
        self.is_purged = True
        self.recipes.clear()
        self._removed.clear()
        self.attempt = max(self.attempt, fact.attempt)
