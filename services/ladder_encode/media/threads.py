"""The threads of one chunk: reading runs ahead of scaling, and each rung is encoded in a thread of its own.

Each encoder still gets its pictures one after the other in a single thread, so its bytes do not depend on how many
cores are free; a core without a chunk of its own helps with the last one.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any, Generic, TypeVar

T = TypeVar("T")

AHEAD = 4
"""How many pictures one stage may be ahead of the next: enough to keep both busy, few in memory."""


def read_ahead(items: Iterator[T]) -> Iterator[T]:
    """Yield the items of an iterator, which runs in a thread a little ahead; raises what it raises."""
    with ThreadPoolExecutor(1) as thread:
        ahead = deque(thread.submit(next, items, None) for _ in range(AHEAD))
        while (item := ahead.popleft().result()) is not None:
            ahead.append(thread.submit(next, items, None))
            yield item


class SideBySide(Generic[T]):
    """Runs each of several workers in a thread of its own, each a few calls behind at the most."""

    def __init__(self, count: int) -> None:
        """Prepare that many threads; they end with the context."""
        self._stack = ExitStack()
        self._threads = [self._stack.enter_context(ThreadPoolExecutor(1)) for _ in range(count)]
        self._running: deque[list[Future[list[T]]]] = deque()

    def __enter__(self) -> "SideBySide[T]":
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def begin(self, calls: Sequence[Callable[[], Iterable[T]]]) -> Iterator[T]:
        """Begin one call for each worker; yield what earlier calls gave, in their order."""
        self._running.append([thread.submit(_listed, call) for thread, call in zip(self._threads, calls, strict=True)])
        while len(self._running) > AHEAD:
            yield from self._oldest()

    def finish(self) -> Iterator[T]:
        """Yield what the calls still under way give."""
        while self._running:
            yield from self._oldest()

    def _oldest(self) -> Iterator[T]:
        for made in self._running.popleft():
            yield from made.result()


def _listed(call: Callable[[], Iterable[Any]]) -> list[Any]:
    return list(call())
