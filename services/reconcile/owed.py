"""What is owed to an asset: answers to its facts, and the work of its plans. Pure."""

from datetime import datetime

import msgspec

from contracts.v1 import AssetPlanned, OutputRefused
from services.reconcile.deadlines import State
from services.reconcile.expected import PICTURES, tasks_of


class Owed(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that the fact at ``sequence`` of the log waits for.

    ``since`` is when it began to wait, ``idle_since`` when it was last seen in a queue, if later. ``part`` is its
    recipe, edit, text track or nothing; ``attempt`` is that of a retry, or the version of a text track. It was
    ``asked`` for again ``tries`` times, last in the message of that sequence.
    """

    state: State
    sequence: int
    since: datetime
    idle_since: datetime
    part: str = ""
    recipe: str = ""
    attempt: int = 0
    tasks: int = 0
    tries: int = 0
    asked: int = 0
    asked_at: datetime | None = None


class Work:
    """What is made under one recipe."""

    def __init__(self) -> None:
        """Begin with no plan."""
        self.is_final = False
        self.is_packaged = False
        self.refused: OutputRefused | None = None
        self.to_remake: set[str] = set()
        self.ready_attempt = -1
        self.stated: set[str] = set()
        self._attempt = 0
        self._tasks: dict[str, set[str]] = {}

    def plan(self, plan: AssetPlanned) -> None:
        """Follow a plan, or the one that it became."""
        self.is_final = plan.stage != "candidates"
        self._tasks = tasks_of(plan)

    def refuse(self, refused: OutputRefused) -> None:
        """Have outputs made once more."""
        self.refused = refused
        self.to_remake = {*refused.shares, *([PICTURES] if refused.pictures else [])}

    def make(self, part: str, remake: int) -> None:
        """Count a part in."""
        self.stated.add(part)
        if self.refused is not None and remake >= self.refused.remake:
            self.to_remake.discard(part)

    def is_due(self, attempt: int) -> bool:
        """Tell whether everything is made, and a fact of an attempt leads to another last look."""
        self._attempt = max(self._attempt, attempt)
        return self.is_packaged and PICTURES in self.stated and self._attempt > self.ready_attempt

    @property
    def missing(self) -> list[str]:
        """Return the names of the tasks of which something is not made yet."""
        return [task for task, parts in self._tasks.items() if not parts <= self.stated]

    @property
    def is_encoded(self) -> bool:
        """Tell whether everything that is encoded is made."""
        return self.is_final and all(parts <= self.stated | {PICTURES} for parts in self._tasks.values())
