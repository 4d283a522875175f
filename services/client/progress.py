"""How much of a file has arrived."""

from collections.abc import Callable

import msgspec


class Progress(msgspec.Struct, frozen=True):
    """Bytes on their way or there, of which ``resumed_bytes`` were there before this process began."""

    sent_bytes: int
    size_bytes: int
    resumed_bytes: int


class Meter:
    """Counts the bytes of each part; a part that begins anew counts from 0 again."""

    def __init__(self, size_bytes: int, resumed_bytes: int, tell: Callable[[Progress], None] | None) -> None:
        """Count up to a size, and tell of each step."""
        self._size_bytes = size_bytes
        self._resumed_bytes = resumed_bytes
        self._sent: dict[int, int] = {}
        self._tell = tell

    def part(self, number: int, sent_bytes: int) -> None:
        """Note how much of a part is sent."""
        self._sent[number] = sent_bytes
        self.told()

    def told(self) -> None:
        """Tell how much is sent."""
        if self._tell is not None:
            sent_bytes = self._resumed_bytes + sum(self._sent.values())
            self._tell(Progress(sent_bytes, self._size_bytes, self._resumed_bytes))
