"""Whose work is next. Pure.

In each lane tenants take turns, in proportion to their shares; which of its own work a tenant's turn goes to is decided
by priorities, in proportion too, so that nothing waits for ever. Of one priority the oldest goes first.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping

from contracts.priorities import Priority
from services.dispatch.decide import Turns, Waiting

PRIORITY_SHARES: dict[Priority, int] = {"high": 16, "normal": 4, "low": 1}
"""How many turns of a tenant go to each, where all of them wait."""


class OwnQueue:
    """What waits of one tenant in one lane."""

    def __init__(self) -> None:
        """Begin empty."""
        self._by_priority: dict[Priority, dict[int, Waiting]] = {}
        self._turns = Turns[Priority]()

    def __len__(self) -> int:
        return sum(map(len, self._by_priority.values()))

    def __iter__(self) -> Iterator[Waiting]:
        """Yield tasks, of each priority the oldest first."""
        return (task for own in self._by_priority.values() for task in own.values())

    def add(self, task: Waiting) -> None:
        """Take in a task."""
        self._by_priority.setdefault(task.priority, {})[task.sequence] = task

    def take(self) -> Waiting:
        """Take out the task whose turn it is; there must be one."""
        priority = self._turns.next({waiting: PRIORITY_SHARES[waiting] for waiting in self._by_priority})
        own = self._by_priority[priority]
        task = own.pop(next(iter(own)))
        if not own:
            del self._by_priority[priority]
        return task

    def before(self, task: Waiting) -> int:
        """Return how many of the tenant's own tasks have their turn before one of them, about."""
        own = list(self._by_priority[task.priority])
        ahead = own.index(task.sequence)
        others = {PRIORITY_SHARES[name]: len(held) for name, held in self._by_priority.items() if name != task.priority}
        return ahead + _turns_before(ahead, PRIORITY_SHARES[task.priority], others.items())


class LaneQueue:
    """What waits in one lane."""

    def __init__(self) -> None:
        """Begin empty."""
        self._tenants: dict[str, OwnQueue] = {}
        self._turns = Turns[str]()

    def __len__(self) -> int:
        return sum(map(len, self._tenants.values()))

    def __iter__(self) -> Iterator[Waiting]:
        """Yield tasks, tenant by tenant."""
        return (task for own in self._tenants.values() for task in own)

    def add(self, task: Waiting) -> None:
        """Take in a task."""
        self._tenants.setdefault(task.tenant, OwnQueue()).add(task)

    def take(self, shares: Mapping[str, float], full: Collection[str] = ()) -> Waiting | None:
        """Take out the task whose turn it is, of no tenant in ``full``; who is not in ``shares`` has a share of 1."""
        waiting = {tenant: shares.get(tenant, 1.0) for tenant in self._tenants if tenant not in full}
        if not waiting:
            return None
        tenant = self._turns.next(waiting)
        own = self._tenants[tenant]
        task = own.take()
        if not own:
            del self._tenants[tenant]
        return task

    def of_asset(self, tenant: str, asset_id: str) -> list[Waiting]:
        """Return the tasks of an asset."""
        return [task for task in self._tenants.get(tenant, ()) if task.asset_id == asset_id]

    def before(self, task: Waiting, shares: Mapping[str, float]) -> int:
        """Return how many tasks have their turn before one that waits, about."""
        own = self._tenants[task.tenant].before(task)
        others = [(shares.get(name, 1.0), len(held)) for name, held in self._tenants.items() if name != task.tenant]
        return own + _turns_before(own, shares.get(task.tenant, 1.0), others)


def _turns_before(ahead: int, share: float, others: Iterable[tuple[float, int]]) -> int:
    """Return how many turns others have before one's own turn that ``ahead`` of one's own precede.

    ``others`` are their shares, and how much they have waiting.
    """
    return sum(min(waiting, int((ahead + 1) * other / share)) for other, waiting in others)
