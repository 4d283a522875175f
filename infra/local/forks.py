"""Our side of the fork server: services as processes that can be awaited."""

import asyncio
import os
import socket
import sys
from asyncio import Future
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from signal import SIGKILL

import msgspec

from infra.local.orders import MOST_BYTES, Ended, Order, Started
from infra.local.process import Running, launch

_answers = msgspec.json.Decoder(Started | Ended)


class Forked:
    """A service that was forked."""

    def __init__(self, pid: int) -> None:
        """Know its process id."""
        self.pid = pid
        self.status: Future[int] = asyncio.get_running_loop().create_future()

    async def wait(self) -> int:
        """Return the exit status, negative for a signal, once it has ended."""
        return await asyncio.shield(self.status)


class Forks:
    """Starts services through a fork server, which it starts when there is none."""

    def __init__(self, log: Path, environment: Mapping[str, str]) -> None:
        """Name the server's log and the environment that every service inherits."""
        self._log = log
        self._environment = environment
        self._starting = asyncio.Lock()
        self._server: Running | None = None
        self._socket: socket.socket | None = None
        self._reader: asyncio.Task[None] | None = None
        self._ordered: deque[Future[Forked]] = deque()
        self._forked: dict[int, Forked] = {}

    async def spawn(self, module: str, environment: Mapping[str, str], log: Path) -> Running:
        """Start a module as a program.

        Raises: OSError: the server went away; the next call starts another.
        """
        async with self._starting:
            if self._socket is None:
                await self.start()
        assert self._socket is not None
        forked: Future[Forked] = asyncio.get_running_loop().create_future()
        self._socket.send(msgspec.json.encode(Order(module, dict(environment), str(log))))
        self._ordered.append(forked)
        return await forked

    async def start(self) -> None:
        """Start the server; it loads its libraries while we go on."""
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.settimeout(0)
        with theirs:
            self._server = await launch(
                [sys.executable, "-m", "infra.local.fork_server", str(theirs.fileno())],
                log=self._log,
                environment=self._environment,
                pass_fds=[theirs.fileno()],
            )
        self._reader = asyncio.create_task(self._read(self._socket))

    async def stop(self) -> None:
        """End the server, and with it every service that still runs."""
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
