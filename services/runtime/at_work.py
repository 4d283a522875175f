"""How many messages a process has in hand, told to whoever pings it: so a drain knows when there is nothing left."""

from collections.abc import Iterator
from contextlib import contextmanager

AT_WORK = "at_work"


class AtWork:
    """Counts messages in hand; ``metadata`` is always as it is now."""

    def __init__(self) -> None:
        """Begin with none."""
        self._messages = 0
        self.metadata = {AT_WORK: "0"}

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
        self.metadata[AT_WORK] = str(self._messages)
