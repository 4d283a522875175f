"""Our side of forking: processes that a fork server makes of itself, to be awaited like any other."""

import asyncio
import os
import socket
from asyncio import Future
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from signal import SIGKILL
from typing import Protocol

import msgspec

from services.runtime.fork_server import MOST_BYTES, Ended, Started

_answers = msgspec.json.Decoder(Started | Ended)


class Running(Protocol):
    """A process that runs, and leads its process group."""

    @property
    def pid(self) -> int:
        """Return the process id."""

    async def wait(self) -> int:
        """Return the exit status, negative for a signal, once it has ended."""


class Forked:
    """A process that was forked."""

    def __init__(self, pid: int) -> None:
        """Know its process id."""
        self.pid = pid
        self.status: Future[int] = asyncio.get_running_loop().create_future()

    async def wait(self) -> int:
        """Return the exit status, negative for a signal, once it has ended."""
        return await asyncio.shield(self.status)


class Forks:
    """Starts processes through a fork server, which it starts when there is none."""

    def __init__(self, launch: Callable[[int], Awaitable[Running]]) -> None:
        """``launch`` starts the server and leaves it a socket, of which it is given the number."""
        self._launch = launch
        self._starting = asyncio.Lock()
        self._server: Running | None = None
        self._socket: socket.socket | None = None
        self._reader: asyncio.Task[None] | None = None
        self._ordered: deque[Future[Forked]] = deque()
        self._forked: dict[int, Forked] = {}

    async def spawn(self, message: bytes, files: Sequence[int] = ()) -> Forked:
        """Start a process that gets a message and files; ours stay open here.

        Raises: OSError: the server went away; the next call starts another.
        """
        async with self._starting:
            if self._socket is None:
                await self.start()
        assert self._socket is not None
        forked: Future[Forked] = asyncio.get_running_loop().create_future()
        socket.send_fds(self._socket, [message], files)
        self._ordered.append(forked)
        return await forked

    async def start(self) -> None:
        """Start the server; it loads its libraries while we go on."""
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.settimeout(0)
        with theirs:
            self._server = await self._launch(theirs.fileno())
        self._reader = asyncio.create_task(self._read(self._socket))

    async def stop(self) -> None:
        """End the server, and with it every process that still runs."""
        if self._server is not None and self._reader is not None:
            with suppress(ProcessLookupError):
                os.kill(self._server.pid, SIGKILL)
            await self._server.wait()
            await self._reader

    async def _read(self, answers: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        with answers, suppress(ConnectionError):
            while message := await loop.sock_recv(answers, MOST_BYTES):
                answer = _answers.decode(message)
                if isinstance(answer, Started):
                    forked = self._forked[answer.pid] = Forked(answer.pid)
                    self._ordered.popleft().set_result(forked)
                else:
                    self._forked.pop(answer.pid).status.set_result(answer.status)
        # The server has gone; the kernel has killed what it forked.
        self._socket = None
        while self._ordered:
            self._ordered.popleft().set_exception(ConnectionResetError("the fork server ended"))
        for forked in self._forked.values():
            forked.status.set_result(-SIGKILL)
        self._forked.clear()
