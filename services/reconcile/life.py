"""What an asset waits for, by the facts of its life: a fold that forgets nothing which it was told. Pure."""

from datetime import UTC, datetime

from msgspec.structs import replace

from contracts.again import Asked
from contracts.v1 import (
    AssetAbandoned,
    AssetAwaited,
    AssetDeleted,
    AssetFailed,
    AssetIngested,
    AssetPackaged,
    AssetPlanned,
    AssetProbed,
    AssetPurged,
    AssetReady,
    AssetRestored,
    AssetRetried,
    ChunkEncoded,
    ComplexityMeasured,
    CopyRefused,
    Fact,
    OutputRefused,
    PosterChosen,
    PosterMade,
    PosterRefused,
    QualityMeasured,
    ThumbnailMade,
    VersionRemoved,
    VersionRetired,
)
from services.reconcile.deadlines import DEADLINES, State
from services.reconcile.expected import PICTURES
from services.reconcile.owed import Owed, Work

_BESIDE: tuple[State, ...] = ("ready", "poster_chosen", "retired")

_PROGRESSING: tuple[State, ...] = ("planned", "remaking", "repackaging")


class Life:
    """What is owed to an asset, fact by fact, in the order of the log."""

    def __init__(self, asset_id: str) -> None:
        """Begin before the first fact."""
        self.asset_id = asset_id
        self.tenant = ""
        self.sequence = 0
        self.is_deleted = False
        self._is_purged = False
        self.owed: dict[tuple[State, str], Owed] = {}
        self.works: dict[str, Work] = {}
        self._measured: set[str] = set()
        self._at_hand = (0, datetime.min.replace(tzinfo=UTC))

    @property
    def is_at_work(self) -> bool:
        """Tell whether something is being made, or is owed before that."""
        return any(owed.state not in (*_BESIDE, "deleted") for owed in self.owed.values())

    def take(self, sequence: int, at: datetime, told: Fact | Asked) -> None:
        """Count in one more message of the log; one that was taken already changes nothing."""
        if sequence <= self.sequence:
            return
        self.sequence = sequence
        self._at_hand = sequence, at
        if isinstance(told, Asked):
            self._asked(told)
            return
        self.tenant = told.tenant
        self._is_purged = self._is_purged and not isinstance(told, AssetAwaited | AssetIngested)
        # Work of an asset that is gone may end late.
        if not self._is_purged:
            self._told(told)

    def _told(self, told: Fact) -> None:
        match told:
            case AssetAwaited() | AssetAbandoned() | AssetIngested() | AssetProbed() | AssetRetried():
                self._beginning(told)
            case AssetPlanned() | ComplexityMeasured() | CopyRefused():
                self._planning(told)
            case ChunkEncoded() | ThumbnailMade() | AssetPackaged():
                self._making(told)
            case AssetReady() | QualityMeasured() | OutputRefused():
                self._finished(told)
            case AssetFailed():
                self._failed(told)
            case AssetDeleted() | AssetRestored() | AssetPurged():
                self._deletion(told)
            case PosterChosen():
                self._owe("poster_chosen", part=told.edit, recipe=told.recipe)
            case PosterMade() | PosterRefused():
                self._settle("poster_chosen", part=told.edit)
            case VersionRetired() | VersionRemoved():
                self._version(told)

    def _beginning(self, fact: AssetAwaited | AssetAbandoned | AssetIngested | AssetProbed | AssetRetried) -> None:
        match fact:
            case AssetAwaited():
                self._owe("imported" if fact.size_bytes is None else "awaited")
            case AssetAbandoned():
                self._settle("awaited", "imported")
            case AssetIngested():
                self._settle("awaited", "imported")
                self._owe("ingested", attempt=fact.attempt)
            case AssetProbed():
                self._settle("ingested", "retried_probe", up_to=fact.attempt)
                self._owe("probed", attempt=fact.attempt)
            case AssetRetried(step="probe"):
                self._owe("retried_probe", attempt=fact.attempt)
            case AssetRetried(step="encode"):
                self._owe("retried_encode", attempt=fact.attempt)
            case AssetRetried(step="thumbnail"):
                self._owe("retried_thumbnail", recipe=fact.recipe, attempt=fact.attempt)
            case AssetRetried(step="package"):
                self._owe("retried_package", recipe=fact.recipe, attempt=fact.attempt)

    def _planning(self, fact: AssetPlanned | ComplexityMeasured | CopyRefused) -> None:
        recipe = fact.recipe
        match fact:
            case AssetPlanned():
                self._settle("probed", "retried_encode", up_to=fact.attempt)
                self._settle("refused")
                work = self.works.setdefault(recipe, Work())
                work.plan(fact)
                if work.is_final:
                    self._settle("measuring", "measured", part=recipe)
                else:
                    self._owe("measuring", part=recipe, recipe=recipe, attempt=fact.attempt)
                self._settle("planned", part=recipe)
                if work.missing:
                    self._owe("planned", part=recipe, recipe=recipe, attempt=fact.attempt, tasks=len(work.missing))
            case ComplexityMeasured():
                self._settle("measuring", part=recipe)
                if recipe in self.works and not self.works[recipe].is_final:
                    self._owe("measured", part=recipe, recipe=recipe)
            case CopyRefused():
                self._give_up(recipe)
                self._owe("refused", part=fact.part, recipe=recipe)

    def _making(self, fact: ChunkEncoded | ThumbnailMade | AssetPackaged) -> None:
        recipe = fact.recipe
        work = self.works.get(recipe)
        match fact:
            case ChunkEncoded() if work is not None:
                self._made(recipe, work, fact.part, fact.remake)
                if work.is_encoded and not work.is_packaged:
                    self._owe("encoded", part=recipe, recipe=recipe)
            case ThumbnailMade():
                self._settle("retried_thumbnail", up_to=fact.attempt)
                if work is not None:
                    self._made(recipe, work, PICTURES, fact.remake)
                if work is None or work.is_due(fact.attempt):
                    self._owe("packaged", part=recipe, recipe=recipe, attempt=fact.attempt)
            case AssetPackaged():
                self._settle("encoded", part=recipe)
                self._settle("retried_package", up_to=fact.attempt)
                if work is not None:
                    work.is_packaged = True
                    if work.refused is not None and work.refused.is_answered_by(fact):
                        self._settle("repackaging", part=recipe)
                if work is None or work.is_due(fact.attempt):
                    self._owe("packaged", part=recipe, recipe=recipe, attempt=fact.attempt)

    def _finished(self, fact: AssetReady | QualityMeasured | OutputRefused) -> None:
        recipe = fact.recipe
        match fact:
            case AssetReady():
                self._settle("packaged", "remaking", "repackaging", part=recipe)
                if recipe in self.works:
                    self.works[recipe].ready_attempt = fact.attempt
                if recipe not in self._measured:
                    self._owe("ready", part=recipe, recipe=recipe)
            case QualityMeasured():
                self._measured.add(recipe)
                self._settle("ready", part=recipe)
            case OutputRefused():
                self._settle("packaged", part=recipe)
                work = self.works.setdefault(recipe, Work())
                work.refuse(fact)
                if work.to_remake:
                    self._owe("remaking", part=recipe, recipe=recipe, attempt=fact.attempt)
                self._owe("repackaging", part=recipe, recipe=recipe, attempt=fact.attempt)

    def _version(self, fact: VersionRetired | VersionRemoved) -> None:
        if isinstance(fact, VersionRetired):
            self._give_up(fact.recipe)
            self._settle("ready", part=fact.recipe)
            self._owe("retired", part=fact.recipe, recipe=fact.recipe)
        else:
            self._settle("retired", part=fact.recipe)

    def _deletion(self, fact: AssetDeleted | AssetRestored | AssetPurged) -> None:
        match fact:
            case AssetDeleted():
                self.is_deleted = True
                self._owe("deleted", due_at=fact.purge_at)
            case AssetRestored():
                self.is_deleted = False
                self._settle("deleted")
                _, at = self._at_hand
                self.owed = {key: replace(owed, idle_since=at) for key, owed in self.owed.items()}
            case AssetPurged():
                self.is_deleted, self._is_purged = False, True
                self.owed.clear()
                self.works.clear()

    def _failed(self, fact: AssetFailed) -> None:
        if fact.recipe:
            self._give_up(fact.recipe)
        self._settle("retried_encode", "retried_thumbnail", "retried_package", "retried_probe", up_to=fact.attempt)
        if not fact.recipe:
            self._settle("awaited", "imported", "ingested", "probed", up_to=fact.attempt)
        if fact.service == "reconcile":
            self._settle(*(state for state, deadline in DEADLINES.items() if deadline.code == fact.code))

    def _made(self, recipe: str, work: Work, part: str, remake: int) -> None:
        work.make(part, remake)
        if not work.missing:
            self._settle("planned", part=recipe)
        if not work.to_remake:
            self._settle("remaking", part=recipe)
        _, at = self._at_hand
        for key in [key for key in _PROGRESSING if (key, recipe) in self.owed]:
            # Each part begins the time anew.
            owed = self.owed[key, recipe]
            self.owed[key, recipe] = replace(owed, since=at, idle_since=at, tries=0, asked_at=None)

    def _give_up(self, recipe: str) -> None:
        """Owe nothing more under a recipe but what an asset can do without."""
        self.works.pop(recipe, None)
        self.owed = {key: owed for key, owed in self.owed.items() if owed.recipe != recipe or owed.state in _BESIDE}

    def _asked(self, asked: Asked) -> None:
        sequence, at = self._at_hand
        for key, owed in self.owed.items():
            if (DEADLINES[owed.state].durable, owed.sequence) == (asked.durable, asked.sequence):
                self.owed[key] = replace(owed, tries=owed.tries + 1, asked=sequence, asked_at=at)

    def _owe(
        self,
        state: State,
        *,
        part: str = "",
        recipe: str = "",
        attempt: int = 0,
        tasks: int = 0,
        due_at: datetime | None = None,
    ) -> None:
        sequence, at = self._at_hand
        since = max(at, due_at) if due_at else at
        self.owed[state, part] = Owed(
            state=state,
            sequence=sequence,
            since=since,
            idle_since=since,
            part=part,
            recipe=recipe,
            attempt=attempt,
            tasks=tasks,
        )

    def _settle(self, *states: State, part: str | None = None, up_to: int | None = None) -> None:
        self.owed = {
            key: owed
            for key, owed in self.owed.items()
            if owed.state not in states
            or (part is not None and owed.part != part)
            or (up_to is not None and owed.attempt > up_to)
        }
