"""How many messages a process has in hand, told to whoever pings it: so a drain knows when there is nothing left."""

from collections.abc import Iterator
from contextlib import contextmanager

AT_WORK = "at_work"


class AtWork:
    """Counts messages in hand."""

    def __init__(self, told: dict[str, str]) -> None:
        """Begin with none; ``told`` is what the process tells of itself, always as it is now."""
        self._messages = 0
        self._told = told
        self._count(0)

    @contextmanager
    def one_more(self) -> Iterator[None]:
        """Count a message inside the context."""
        self._count(1)
        try:
            yield
        finally:
            self._count(-1)

    def _count(self, more: int) -> None:
        self._messages += more
        self._told[AT_WORK] = str(self._messages)
