"""What an asset waits for, by the facts of its life: a fold that forgets nothing which it was told. Pure."""

from datetime import datetime

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
    CaptionsAsked,
    CaptionsFact,
    CaptionsMade,
    CaptionsRefused,
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
from services.reconcile.ledger import Ledger
from services.reconcile.owed import Work

_PROGRESSING: tuple[State, ...] = ("planned", "remaking", "repackaging")


class Life(Ledger):
    """What is owed to an asset, fact by fact, in the order of the log."""

    def __init__(self, asset_id: str) -> None:
        """Begin before the first fact."""
        super().__init__()
        self.asset_id = asset_id
        self.tenant = ""
        self.is_deleted = False
        self.works: dict[str, Work] = {}
        self._is_purged = False
        self._measured: set[str] = set()
        self._texts: dict[str, int] = {}

    def take(self, sequence: int, at: datetime, told: Fact | Asked) -> None:
        """Count in one more message of the log; one that was taken already changes nothing."""
        if sequence <= self.sequence:
            return
        self.sequence, self.at = sequence, at
        if isinstance(told, Asked):
            self.ask(told)
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
            case PosterChosen() | PosterMade() | PosterRefused() | CaptionsFact():
                self._beside(told)
            case VersionRetired() | VersionRemoved():
                self._version(told)

    def _beginning(self, fact: AssetAwaited | AssetAbandoned | AssetIngested | AssetProbed | AssetRetried) -> None:
        match fact:
            case AssetAwaited():
                self.owe("imported" if fact.size_bytes is None else "awaited")
            case AssetAbandoned():
                self.settle("awaited", "imported")
            case AssetIngested():
                self.settle("awaited", "imported")
                self.owe("ingested", attempt=fact.attempt)
            case AssetProbed():
                self.settle("ingested", "retried_probe", up_to=fact.attempt)
                self.owe("probed", attempt=fact.attempt)
            case AssetRetried(step="probe"):
                self.owe("retried_probe", attempt=fact.attempt)
            case AssetRetried(step="encode"):
                self.owe("retried_encode", attempt=fact.attempt)
            case AssetRetried(step="thumbnail"):
                self.owe("retried_thumbnail", recipe=fact.recipe, attempt=fact.attempt)
            case AssetRetried(step="package"):
                self.owe("retried_package", recipe=fact.recipe, attempt=fact.attempt)

    def _planning(self, fact: AssetPlanned | ComplexityMeasured | CopyRefused) -> None:
        recipe = fact.recipe
        match fact:
            case AssetPlanned():
                self.settle("probed", "retried_encode", up_to=fact.attempt)
                self.settle("refused")
                work = self.works.setdefault(recipe, Work())
                work.plan(fact)
                if work.is_final:
                    self.settle("measuring", "measured", part=recipe)
                else:
                    self.owe("measuring", part=recipe, recipe=recipe, attempt=fact.attempt)
                self.settle("planned", part=recipe)
                if work.missing:
                    self.owe("planned", part=recipe, recipe=recipe, attempt=fact.attempt, tasks=len(work.missing))
            case ComplexityMeasured():
                self.settle("measuring", part=recipe)
                if recipe in self.works and not self.works[recipe].is_final:
                    self.owe("measured", part=recipe, recipe=recipe)
            case CopyRefused():
                self._give_up(recipe)
                self.owe("refused", part=fact.part, recipe=recipe)

    def _making(self, fact: ChunkEncoded | ThumbnailMade | AssetPackaged) -> None:
        recipe = fact.recipe
        work = self.works.get(recipe)
        match fact:
            case ChunkEncoded() if work is not None:
                self._made(recipe, work, fact.part, fact.remake)
                if work.is_encoded and not work.is_packaged:
                    self.owe("encoded", part=recipe, recipe=recipe)
            case ThumbnailMade():
                self.settle("retried_thumbnail", up_to=fact.attempt)
                if work is not None:
                    self._made(recipe, work, PICTURES, fact.remake)
                if work is None or work.is_due(fact.attempt):
                    self.owe("packaged", part=recipe, recipe=recipe, attempt=fact.attempt)
            case AssetPackaged():
                self.settle("encoded", part=recipe)
                self.settle("retried_package", up_to=fact.attempt)
                if work is not None:
                    work.is_packaged = True
                    if work.refused is not None and work.refused.is_answered_by(fact):
                        self.settle("repackaging", part=recipe)
                if work is None or work.is_due(fact.attempt):
                    self.owe("packaged", part=recipe, recipe=recipe, attempt=fact.attempt)

    def _finished(self, fact: AssetReady | QualityMeasured | OutputRefused) -> None:
        recipe = fact.recipe
        match fact:
            case AssetReady():
                self.settle("packaged", "remaking", "repackaging", part=recipe)
                if recipe in self.works:
                    self.works[recipe].ready_attempt = fact.attempt
                if recipe not in self._measured:
                    self.owe("ready", part=recipe, recipe=recipe)
            case QualityMeasured():
                self._measured.add(recipe)
                self.settle("ready", part=recipe)
            case OutputRefused():
                self.settle("packaged", part=recipe)
                work = self.works.setdefault(recipe, Work())
                work.refuse(fact)
                if work.to_remake:
                    self.owe("remaking", part=recipe, recipe=recipe, attempt=fact.attempt)
                self.owe("repackaging", part=recipe, recipe=recipe, attempt=fact.attempt)

    def _version(self, fact: VersionRetired | VersionRemoved) -> None:
        if isinstance(fact, VersionRetired):
            self._give_up(fact.recipe)
            self.settle("ready", part=fact.recipe)
            self.owe("retired", part=fact.recipe, recipe=fact.recipe)
        else:
            self.settle("retired", part=fact.recipe)

    def _beside(self, fact: PosterChosen | PosterMade | PosterRefused | CaptionsFact) -> None:
        match fact:
            case PosterChosen():
                self.owe("poster_chosen", part=fact.edit, recipe=fact.recipe)
            case PosterMade() | PosterRefused():
                self.settle("poster_chosen", part=fact.edit)
            case CaptionsAsked():
                if fact.version > self._texts.get(fact.track, 0):
                    self.owe("captions_asked", part=fact.track, attempt=fact.version)
            case CaptionsMade() | CaptionsRefused():
                self._answered(fact.track, fact.asked)
            case CaptionsFact():
                self._answered(fact.track, fact.version)

    def _answered(self, track: str, version: int) -> None:
        self._texts[track] = max(self._texts.get(track, 0), version)
        self.settle("captions_asked", part=track, up_to=version)

    def _deletion(self, fact: AssetDeleted | AssetRestored | AssetPurged) -> None:
        match fact:
            case AssetDeleted():
                self.is_deleted = True
                self.owe("deleted", due_at=fact.purge_at)
            case AssetRestored():
                self.is_deleted = False
                self.settle("deleted")
                self.wait_anew()
            case AssetPurged():
                self.is_deleted, self._is_purged = False, True
                self.owed.clear()
                self.works.clear()
                self._texts.clear()

    def _failed(self, fact: AssetFailed) -> None:
        if fact.recipe:
            self._give_up(fact.recipe)
        self.settle("retried_encode", "retried_thumbnail", "retried_package", "retried_probe", up_to=fact.attempt)
        if not fact.recipe:
            self.settle("awaited", "imported", "ingested", "probed", up_to=fact.attempt)
        if fact.service == "reconcile":
            self.settle(*(state for state, deadline in DEADLINES.items() if deadline.code == fact.code))

    def _made(self, recipe: str, work: Work, part: str, remake: int) -> None:
        work.make(part, remake)
        if not work.missing:
            self.settle("planned", part=recipe)
        if not work.to_remake:
            self.settle("remaking", part=recipe)
        self.begin_anew(*_PROGRESSING, part=recipe)

    def _give_up(self, recipe: str) -> None:
        """Owe nothing more under a recipe but what an asset can do without."""
        self.works.pop(recipe, None)
        self.drop(recipe)
