"""What waits, who is next of those who take turns, and how much lies ready. Pure."""

from collections.abc import Mapping
from typing import Generic, Self, TypeVar, get_args

import msgspec

from contracts.priorities import Priority
from contracts.v1 import Work
from services.dispatch.load import Load

_PRIORITIES: tuple[Priority, ...] = get_args(Priority)
_TASKS_ROOT = Work.root.split(".")
_FIRST_TOKENS = 7

K = TypeVar("K", bound=str)


class Waiting(msgspec.Struct, frozen=True):
    """One task in the queue: its place there, whose it is, its message id, and how much work it is."""

    sequence: int
    noun: str
    lane: str
    priority: Priority
    tenant: str
    asset_id: str
    parts: tuple[str, ...]
    message_id: str
    load: Load

    @classmethod
    def at(cls, subject: str, sequence: int, message_id: str, load: Load) -> Self:
        """Return what waits under a subject of the queue.

        Raises: ValueError: it is no such subject.
        """
        tokens = subject.split(".")
        if len(tokens) < _FIRST_TOKENS or tokens[4] not in _PRIORITIES:
            raise ValueError(f"{subject} is no subject of the queue.")
        noun, lane, priority, tenant, asset_id, *parts = tokens[2:]
        return cls(sequence, noun, lane, _priority(priority), tenant, asset_id, tuple(parts), message_id, load)

    @property
    def task_subject(self) -> str:
        """Return where workers take it."""
        return ".".join((*_TASKS_ROOT, self.noun, self.lane, self.tenant, self.asset_id, *self.parts))


def _priority(token: str) -> Priority:
    return next(known for known in _PRIORITIES if known == token)


class Turns(Generic[K]):
    """Takes turns among those that wait, in proportion to their shares; who comes anew is next among equals."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self._credit: dict[K, float] = {}

    def next(self, shares: Mapping[K, float]) -> K:
        """Return whose turn it is; ``shares`` are of those that wait, and who did not wait has saved nothing up."""
        held = {one: credit for one, credit in self._credit.items() if one in shares}
        fresh = {one: 0.0 for one in shares if one not in held}
        credit = {one: saved + shares[one] for one, saved in (fresh | held).items()}
        chosen = max(credit, key=credit.__getitem__)
        # Taken out and put back, it stands last among equals.
        credit[chosen] = credit.pop(chosen) - sum(shares.values())
        self._credit = credit
        return chosen


def room(waiting_pulls: int, undelivered: int) -> int:
    """Return how many more tasks a lane can take now: as many as idle workers asked for, and nothing lies before."""
    return max(0, waiting_pulls - undelivered)
