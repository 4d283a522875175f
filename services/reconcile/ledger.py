"""The answers that an asset waits for, and the message of the log that is at hand. Pure."""

from datetime import UTC, datetime

from msgspec.structs import replace

from contracts.again import Asked
from services.reconcile.deadlines import DEADLINES, State
from services.reconcile.owed import Owed

_BESIDE: tuple[State, ...] = ("ready", "poster_chosen", "captions_asked", "retired")
"""What is owed to an asset that can do without."""


class Ledger:
    """Answers by state and part; what is noted is noted of the message at ``sequence``, which the log took ``at``."""

    def __init__(self) -> None:
        """Begin with none."""
        self.owed: dict[tuple[State, str], Owed] = {}
        self.sequence = 0
        self.at = datetime.min.replace(tzinfo=UTC)

    @property
    def is_at_work(self) -> bool:
        """Tell whether something is being made, or is owed before that."""
        return any(owed.state not in (*_BESIDE, "deleted") for owed in self.owed.values())

    def ask(self, asked: Asked) -> None:
        """Note that an answer was asked for again."""
        sequence, at = self.sequence, self.at
        for key, owed in self.owed.items():
            if (DEADLINES[owed.state].durable, owed.sequence) == (asked.durable, asked.sequence):
                self.owed[key] = replace(owed, tries=owed.tries + 1, asked=sequence, asked_at=at)

    def owe(
        self,
        state: State,
        *,
        part: str = "",
        recipe: str = "",
        attempt: int = 0,
        tasks: int = 0,
        due_at: datetime | None = None,
    ) -> None:
        """Owe an answer to the fact at hand."""
        sequence, at = self.sequence, self.at
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

    def settle(self, *states: State, part: str | None = None, up_to: int | None = None) -> None:
        """Owe no answer in these states any more: of one part, or up to an attempt, where that is said."""
        self.owed = {
            key: owed
            for key, owed in self.owed.items()
            if owed.state not in states
            or (part is not None and owed.part != part)
            or (up_to is not None and owed.attempt > up_to)
        }

    def drop(self, recipe: str) -> None:
        """Owe nothing more under a recipe but what an asset can do without."""
        self.owed = {key: owed for key, owed in self.owed.items() if owed.recipe != recipe or owed.state in _BESIDE}

    def begin_anew(self, *states: State, part: str) -> None:
        """Give states of one part all of their time again: something came."""
        for key in [(state, part) for state in states if (state, part) in self.owed]:
            self.owed[key] = replace(self.owed[key], since=self.at, idle_since=self.at, tries=0, asked_at=None)

    def wait_anew(self) -> None:
        """Count as idle only what follows."""
        self.owed = {key: replace(owed, idle_since=self.at) for key, owed in self.owed.items()}
