"""Media work in child processes: a crash, a hang or a flood of memory ends one task, not the service.

A child has no environment, so no credentials; limits on memory, CPU, files; a deadline; and it dies with its task.
It is forked from a process that has imported the media code, so a call does not pay for starting Python.
"""

import asyncio
import socket
import sys
import time
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, aclosing
from typing import Any, TypeVar, get_args, get_type_hints

import msgspec

from services.runtime import trace
from services.runtime.confinement import Confinement
from services.runtime.errors import Permanent, Transient
from services.runtime.forks import Forks, Running
from services.runtime.frames import Call, Done, Failed, frame, packed
from services.runtime.room import Room
from services.runtime.running_child import Child, next_answer, tail_of

T = TypeVar("T")

_CPU_SHARE = 4
NICENESS = 19
"""How far media work steps back behind services and what somebody waits for, unless it says otherwise."""
# Pictures come and go by the megabyte; glibc would give each back to the kernel and ask for it again, page by page.
_ENVIRONMENT = {"LANG": "C.UTF-8", "MALLOC_MMAP_THRESHOLD_": str(1 << 29), "MALLOC_TRIM_THRESHOLD_": str(1 << 29)}


class MediaChildren:
    """Runs functions of ``media.py`` modules in children."""

    def __init__(
        self, *modules: str, memory_bytes: int, confinement: Confinement, shared_bytes: int | None = None
    ) -> None:
        """Name the modules that children have imported, the address space that one may use, and what it may reach.

        ``shared_bytes`` is what those that ask for ``room`` may take together, as much as one by default.
        """
        self._modules = modules
        self._confinement = confinement
        self._memory_bytes = memory_bytes
        self._room = Room(shared_bytes or memory_bytes)
        self._forks = Forks(self._launch)

    async def run(
        self, function: Callable[..., T], *args: Any, deadline_s: float, niceness: int = NICENESS, network: bool = True
    ) -> T:
        """Return what the function returns in a child; ``niceness`` is how far it steps back behind others.

        Without ``network`` it cannot even reach the store.

        Raises: Permanent: ``media_too_slow``, ``media_crashed``, or what the function raised. Transient: as raised.
        """
        call = self._call(function, args, deadline_s, niceness, network=network)
        async with aclosing(self._answers(call, get_type_hints(function)["return"], deadline_s)) as answers:
            return [value async for value in answers][-1]  # type: ignore[no-any-return]  # typed by the hint

    def stream(
        self,
        function: Callable[..., Iterator[T]],
        *args: Any,
        deadline_s: float,
        niceness: int = NICENESS,
        later_niceness: int = 0,
    ) -> AsyncGenerator[T, None]:
        """Yield what the generator function yields in a child, as it comes; raises like ``run``.

        Close it (``contextlib.aclosing``): a child whose answers are not read to their end is killed.
        Once it has yielded something it steps back by ``later_niceness``, where that is more.
        """
        (item_type,) = get_args(get_type_hints(function)["return"])
        call = self._call(function, args, deadline_s, niceness, later_niceness)
        return self._answers(call, item_type, deadline_s, streaming=True)

    def room(self, expected_bytes: int) -> AbstractAsyncContextManager[None]:
        """Wait until there is room for work that will take so much memory, and hold it; 0 waits for nothing."""
        return self._room.lent(expected_bytes)

    async def warm(self) -> None:
        """Start the process that children are forked from."""
        await self._forks.start()

    async def close(self) -> None:
        """End that process, and with it every child."""
        await self._forks.stop()

    def _call(
        self,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        deadline_s: float,
        niceness: int,
        later: int = 0,
        *,
        network: bool = True,
    ) -> Call:
        return Call(
            f"{function.__module__}:{function.__qualname__}",
            [packed(arg) for arg in args],
            self._memory_bytes,
            max(1, int(deadline_s * _CPU_SHARE)),
            niceness,
            later,
            network,
        )

    async def _answers(
        self, call: Call, value_type: Any, deadline_s: float, *, streaming: bool = False
    ) -> AsyncGenerator[Any, None]:
        decoder = msgspec.msgpack.Decoder(value_type)
        deadline = asyncio.get_running_loop().time() + deadline_s
        child = await self.forked()
        # No generator within this one: were both left behind together, each would be closed while the other is.
        try:
            child.writer.write(frame(call))
            started = time.monotonic()
            while True:
                answer = await next_answer(child, deadline, deadline_s)
                trace.count_media(time.monotonic() - started)
                if isinstance(answer, Failed):
                    raise (Permanent if answer.kind == "permanent" else Transient)(answer.code, answer.message)
                if isinstance(answer, Done) and streaming:
                    return
                yield decoder.decode(answer.value)
                if isinstance(answer, Done):
                    return
                started = time.monotonic()
        finally:
            await asyncio.shield(child.end())

    async def forked(self) -> "Child":
        """Return a new child, which waits for its call; whoever has it must end it."""
        talk, theirs = socket.socketpair()
        errors, their_errors = socket.socketpair()
        errors.settimeout(0)
        with theirs, their_errors:
            process = await self._forks.spawn(b"call", [theirs.fileno(), their_errors.fileno()])
        reader, writer = await asyncio.open_unix_connection(sock=talk)
        return Child(process, reader, writer, asyncio.create_task(tail_of(errors)))

    async def _launch(self, orders: int) -> Running:
        # A group of its own, to be killed as one; not a session: Linux shares cores between sessions evenly, however
        # nice the processes in them are.
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.runtime.child", str(orders), msgspec.json.encode(self._confinement),
            *self._modules,
            stdin=DEVNULL, pass_fds=[orders], env=_ENVIRONMENT, process_group=0,
        )  # fmt: skip
