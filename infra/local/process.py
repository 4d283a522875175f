"""Processes that die with us, and keeping them running.

A process is tied to us by the kernel (``setpriv --pdeathsig``, from util-linux, essential in Debian), so that none
survives even our own SIGKILL. Each has a process group of its own: Ctrl-C in a terminal reaches us alone, and we stop
the others in order.
"""

import asyncio
import logging
import os
import shutil
import signal
from asyncio.subprocess import DEVNULL
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from infra.local.errors import StackError
from services.runtime.forks import Running

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 5.0
SETTLED_S = 10.0

_log = logging.getLogger("headrace.stack")


async def launch(
    command: Sequence[str | Path],
    *,
    log: Path,
    options: Sequence[str] = (),
    death_signal: str = "KILL",
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    pass_fds: Sequence[int] = (),
) -> Running:
    """Start a process that gets ``death_signal`` when we die; ``options`` are more of setpriv's."""
    if (setpriv := shutil.which("setpriv")) is None:
        raise StackError("The program setpriv is missing; install the package util-linux.")
    with log.open("ab") as output:
        return await asyncio.create_subprocess_exec(
            setpriv, "--pdeathsig", death_signal, *options, "--", *command,
            stdin=DEVNULL, stdout=output, stderr=output, env=environment, cwd=folder,
            process_group=0, umask=0o077, pass_fds=tuple(pass_fds),
        )  # fmt: skip


def kill_group(process: Running) -> None:
    """Kill a process and its children, whatever is left of them."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def pause_after(lived_s: float, last_pause_s: float) -> float:
    """Return how long to wait before a process that lived so long is started again, in seconds."""
    if lived_s > SETTLED_S:
        return FIRST_PAUSE_S
    return min(LONGEST_PAUSE_S, max(FIRST_PAUSE_S, last_pause_s * 2))


class Kept:
    """Keeps one process running: starts it again, after a pause, whenever it ends."""

    def __init__(
        self,
        name: str,
        spawn: Callable[[], Awaitable[Running]],
        changed: Callable[[], None],
        *,
        stop_signal: signal.Signals = signal.SIGTERM,
        grace_s: float = 6.0,
    ) -> None:
        """Name the process; ``changed`` is called when its pid changes, ``grace_s`` is its time to stop by itself."""
        self.name = name
        self.pid: int | None = None
        self.exits = 0
        self._spawn = spawn
        self._changed = changed
        self._stop_signal = stop_signal
        self._grace_s = grace_s
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the process; from now on it is kept.

        Raises: StackError, OSError: it cannot be started.
        """
        self._task = asyncio.create_task(self._keep(await self._started()))

    def restart(self, *, at_once: bool = False) -> None:
        """Ask the process to stop, or end it ``at_once``; as it is kept, it is started again."""
        self._signal(signal.SIGKILL if at_once else self._stop_signal)

    async def stop(self) -> None:
        """Ask the process to stop; end it and its group when its time is over."""
        self._stopping.set()
        self._signal(self._stop_signal)
        if self._task is None:
            return
        await asyncio.wait({self._task}, timeout=self._grace_s)
        if not self._task.done():
            _log.warning("%s did not stop within %.0f s and was killed", self.name, self._grace_s)
            self._signal(signal.SIGKILL)
        await self._task

    async def _started(self) -> Running:
        process = await self._spawn()
        self._set_pid(process.pid)
        if self._stopping.is_set():
            self._signal(self._stop_signal)
        return process

    async def _keep(self, process: Running | None) -> None:
        loop = asyncio.get_running_loop()
        pause_s = 0.0
        while not self._stopping.is_set() or process is not None:
            started = loop.time()
            if process is not None:
                await self._ended(process)
            pause_s = pause_after(loop.time() - started, pause_s)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause_s)
            process = None if self._stopping.is_set() else await self._restarted()

    async def _restarted(self) -> Running | None:
        try:
            return await self._started()
        except OSError:
            _log.exception("%s cannot be started just now", self.name)
            return None

    async def _ended(self, process: Running) -> None:
        status = await process.wait()
        # Its children go with it: a child that outlived it would hold its ports and files.
        kill_group(process)
        self.exits += 1
        self._set_pid(None)
        if not self._stopping.is_set():
            _log.warning("%s ended with status %d and is started again", self.name, status)

    def _set_pid(self, pid: int | None) -> None:
        self.pid = pid
        self._changed()

    def _signal(self, number: signal.Signals) -> None:
        if self.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)
