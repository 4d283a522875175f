"""Our side of one media child: its process, what it answers, and how it ended."""

import asyncio
import logging
import os
import signal
import socket
from asyncio import StreamReader, StreamWriter
from contextlib import suppress
from typing import Any, NamedTuple

from services.runtime.errors import Permanent, Transient
from services.runtime.forks import Forked
from services.runtime.frames import LENGTH_BYTES, decode_answer

_STDERR_BYTES = 4096
_CRASHES = {signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGXCPU}

_log = logging.getLogger("headrace.media")


class Child(NamedTuple):
    """One child, and the streams between it and us."""

    process: Forked
    reader: StreamReader
    writer: StreamWriter
    stderr: "asyncio.Task[bytes]"

    async def end(self) -> None:
        """Kill it, and wait until it has gone."""
        _kill(self.process)
        await self.process.wait()
        await self.stderr
        self.writer.close()


async def next_answer(child: Child, deadline: float, deadline_s: float) -> Any:
    """Return what a child says next; ``deadline`` is on the loop's clock.

    Raises: Permanent: ``media_too_slow``, ``media_crashed``. Transient: ``media_killed``.
    """
    try:
        async with asyncio.timeout_at(deadline):
            length = await child.reader.readexactly(LENGTH_BYTES)
            return decode_answer(await child.reader.readexactly(int.from_bytes(length, "big")))
    except TimeoutError:
        message = f"Working on the file took longer than {deadline_s:.0f} s and was ended; the file may be damaged."
        raise Permanent("media_too_slow", message) from None
    except (asyncio.IncompleteReadError, ConnectionError):
        raise await _crash(child) from None


async def _crash(child: Child) -> Permanent | Transient:
    status = await child.process.wait()
    _log.warning("media child ended with %s: %s", status, (await child.stderr).decode(errors="replace"))
    if status < 0 and -status not in _CRASHES:
        return Transient("media_killed", f"The media process was killed by signal {-status}.")
    return Permanent("media_crashed", "Decoding the file crashed the decoder; the file is damaged, convert it first.")


async def tail_of(errors: socket.socket) -> bytes:
    """Return the end of what a child prints, once it prints no more."""
    loop, tail = asyncio.get_running_loop(), b""
    with errors, suppress(ConnectionError):
        while chunk := await loop.sock_recv(errors, _STDERR_BYTES):
            tail = (tail + chunk)[-_STDERR_BYTES:]
    return tail


def _kill(child: Forked) -> None:
    if not child.status.done():
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
