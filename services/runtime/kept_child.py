"""A media child that stays, because what it has loaded is worth keeping: it does one thing after another.

It is a media child like any other, without credentials and confined, but limited in time by call, and ended only with
its service, or when a call does not end as it should.
"""

import asyncio
import resource
from collections.abc import AsyncGenerator, Callable, Iterator
from typing import Any, TypeVar, get_args, get_type_hints

import msgspec

from services.runtime import trace
from services.runtime.children import MediaChildren
from services.runtime.errors import Permanent, Transient
from services.runtime.frames import Call, Done, Failed, frame, packed
from services.runtime.running_child import Child, next_answer

T = TypeVar("T")


class KeptChild:
    """Runs generator functions in one child, which is started when there is none."""

    def __init__(self, children: MediaChildren, *, memory_bytes: int, niceness: int) -> None:
        """Fork it from what ``children`` fork from; ``memory_bytes`` is its address space, or RLIM_INFINITY."""
        self._children = children
        self._memory_bytes = memory_bytes
        self._niceness = niceness
        self._turn = asyncio.Lock()
        self._idle: Child | None = None

    async def stream(
        self, function: Callable[..., Iterator[T]], *args: Any, patience_s: float
    ) -> AsyncGenerator[T, None]:
        """Yield what the generator function yields, as it comes; each item may take ``patience_s``.

        Close it (``contextlib.aclosing``): what is not read to its end is killed.

        Raises: Permanent: ``media_too_slow``, ``media_crashed``, or what the function raised. Transient: as raised.
        """
        (item_type,) = get_args(get_type_hints(function)["return"])
        decoder = msgspec.msgpack.Decoder(item_type)
        loop = asyncio.get_running_loop()
        async with self._turn:
            child = await self._at_hand()
            try:
                child.writer.write(frame(self._call(function, args)))
                while True:
                    asked_at = loop.time()
                    answer = await next_answer(child, asked_at + patience_s, patience_s)
                    trace.count_media(loop.time() - asked_at)
                    if isinstance(answer, Done | Failed):
                        self._idle = child
                    if isinstance(answer, Failed):
                        raise (Permanent if answer.kind == "permanent" else Transient)(answer.code, answer.message)
                    if isinstance(answer, Done):
                        return
                    yield decoder.decode(answer.value)
            finally:
                if self._idle is None:
                    await asyncio.shield(child.end())

    async def close(self) -> None:
        """End the child, and what it was forked from."""
        if self._idle is not None:
            await self._idle.end()
        await self._children.close()

    async def _at_hand(self) -> Child:
        child, self._idle = self._idle, None
        if child is not None and child.process.status.done():
            await child.end()
            child = None
        return child or await self._children.forked()

    def _call(self, function: Callable[..., Any], args: tuple[Any, ...]) -> Call:
        return Call(
            f"{function.__module__}:{function.__qualname__}",
            [packed(arg) for arg in args],
            self._memory_bytes,
            resource.RLIM_INFINITY,
            self._niceness,
            0,
            network=True,
            stays=True,
        )
