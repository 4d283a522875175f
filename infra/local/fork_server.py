"""The fork server: a process that has the services' libraries loaded and forks each service from itself.

Eleven Python processes that each load the same libraries cost seconds and most of a gigabyte. A forked service has a
log file, environment and command line of its own. What is loaded stays as it was: after a change to the runtime, start
anew.

Runs as ``python -m infra.local.fork_server FD``, where FD is the socket on which orders come, and goes when the other
side closes.
"""

import asyncio
import ctypes
import os
import runpy
import socket
import sys
from pathlib import Path

import msgspec

import services.runtime.service  # noqa: F401 (all that services share; what one alone needs, it loads itself)
from infra.local.orders import Order
from infra.local.settings import PREFIX
from services.runtime.fork_server import serve
from services.runtime.settings import Settings
from services.runtime.store import Store


def main() -> None:
    """Load the libraries, fork services as ordered, and in each of the forks be the service."""
    asyncio.run(_load_store())
    order = serve(socket.socket(fileno=int(sys.argv[1])))
    if order is not None:
        module = _become(msgspec.json.decode(order.message, type=Order))
        runpy.run_module(module, run_name="__main__", alter_sys=True)


async def _load_store() -> None:
    # Its client reads megabytes of descriptions of S3, which are then there for everyone.
    async with Store.connect(Settings.model_construct()):
        pass


def _become(order: Order) -> str:
    log = os.open(order.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        # The server may have credentials that are not the service's.
        del os.environ[name]
    os.environ.update(order.environment)
    sys.argv[:] = [order.module]
    _show_command_line("python", "-m", order.module)
    return order.module


def _show_command_line(*words: str) -> None:
    """Let ``ps`` and ``pgrep -f`` see the service instead of the server, in the memory where the kernel looks."""
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    start, end = int(fields[45]), int(fields[46])
    text = "\0".join(words).encode()[: end - start - 1]
    ctypes.memmove(start, text.ljust(end - start, b"\0"), end - start)


if __name__ == "__main__":
    main()
