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
)
"""The kinds of facts that say so."""


class Known:
    """What is known of one asset; ``recipes`` are those of which objects may lie in the store, ``ready`` is the last.

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
            case AssetPlanned() | AssetReady() if not self.is_purged:
                self._made(fact)

    def _made(self, fact: AssetPlanned | AssetReady) -> None:
        self.recipes.add(fact.recipe)
        if isinstance(fact, AssetReady):
            self.ready = fact.recipe

    def _purged(self, fact: AssetPurged) -> None:
        self.original, self.ready = None, None
        self.is_told = self.is_deleted = False
        self.is_purged = True
        self.recipes.clear()
        self.attempt = max(self.attempt, fact.attempt)
