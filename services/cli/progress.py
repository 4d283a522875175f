"""How far an asset is, as a fold over its facts: pure."""

from datetime import datetime

import msgspec

from contracts.v1 import (
    AnyFact,
    AssetAwaited,
    AssetFailed,
    AssetIngested,
    AssetPackaged,
    AssetPlanned,
    AssetPlayable,
    AssetProbed,
    AssetReady,
    ChunkEncoded,
    Fact,
    ThumbnailMade,
)

_FIELDS: dict[type[Fact], str] = {
    AssetIngested: "ingested",
    AssetProbed: "probed",
    AssetPlanned: "planned",
    ThumbnailMade: "pictured",
    AssetPackaged: "packaged",
    AssetReady: "ready",
    AssetFailed: "failed",
}


class Progress(msgspec.Struct):
    """What has happened to one asset so far; each field is the last fact of its kind."""

    asset_id: str
    ingested: AssetIngested | None = None
    probed: AssetProbed | None = None
    planned: AssetPlanned | None = None
    pictured: ThumbnailMade | None = None
    playable: AssetPlayable | None = None
    packaged: AssetPackaged | None = None
    ready: AssetReady | None = None
    failed: AssetFailed | None = None
    first_at: datetime | None = None
    playable_at: datetime | None = None
    last_at: datetime | None = None
    _parts: set[tuple[str, str]] = msgspec.field(default_factory=set)

    def add(self, fact: AnyFact, at: datetime) -> None:
        """Take in a fact that the log received at ``at``."""
        if isinstance(fact, AssetAwaited):
            return  # nothing of the asset has happened yet
        self.first_at = self.first_at or at
        self.last_at = at
        match fact:
            case ChunkEncoded():
                self._parts.add((fact.recipe, fact.part))
            case AssetPlayable():
                self.playable, self.playable_at = fact, self.playable_at or at
            case _ if type(fact) in _FIELDS:
                setattr(self, _FIELDS[type(fact)], fact)

    @property
    def is_over(self) -> bool:
        """Tell whether nothing more is expected."""
        return self.ready is not None or self.failed is not None

    @property
    def planned_parts(self) -> int | None:
        """Return how many parts there will be, once that is planned."""
        return self.planned.planned_parts if self.planned else None

    @property
    def encoded_parts(self) -> int:
        """Return how many of the planned parts are encoded."""
        recipe = self.planned.recipe if self.planned else None
        return sum(1 for of, _ in self._parts if of == recipe)
