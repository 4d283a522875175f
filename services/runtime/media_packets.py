"""Reading an original up to its end, wherever that is."""

from collections.abc import Iterator
from typing import TypeVar

import av

T = TypeVar("T")


def up_to_damage(packets: Iterator[T]) -> Iterator[T]:
    """Yield packets as they are demuxed, as far as a file can be read.

    In broadcasts and Flash Video streams may appear in the middle: PyAV reads those that it knows to their end, and
    then looks in vain for the others.
    """
    while True:
        try:
            packet = next(packets, None)
        except (av.error.InvalidDataError, IndexError):
            # The file is damaged from here on, ends before its index does, or has come to its end.
            return
        if packet is None:
            return
        yield packet
