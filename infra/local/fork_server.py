"""The fork server: a process that has the services' libraries loaded and forks each service from itself.

Eleven Python processes that each load the same libraries cost seconds and most of a gigabyte; a fork costs
milliseconds and shares its memory. A forked service has a process group, log file, environment and command line of
its own, and dies with this process. What is loaded stays as it was: after a change to the runtime, start anew.

Runs as ``python -m infra.local.fork_server FD``. On the socket FD, one datagram each, it takes ``Order`` and answers
``Started`` in the same order; at any time it says ``Ended``. It goes when the other side closes.
"""

import asyncio
import ctypes
import gc
import os
import runpy
import selectors
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path

import msgspec

import services.runtime.service  # noqa: F401 (all that services share; what one alone needs, it loads itself)
from infra.local.orders import MOST_BYTES, Ended, Order, Started
from services.runtime.settings import Settings
from services.runtime.store import Store

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Load the libraries, fork services as ordered, and in each of the forks be the service."""
    asyncio.run(_load_store())
    # What is loaded now lives for ever: a collection in a fork would only copy shared memory.
    gc.collect()
    gc.freeze()
    server = os.getpid()
    with socket.socket(fileno=int(sys.argv[1])) as orders:
        order = _serve(orders)
    if order is not None:
        _become(order, server)
        runpy.run_module(order.module, run_name="__main__", alter_sys=True)


async def _load_store() -> None:
    # Its client reads megabytes of descriptions of S3, which are then there for everyone.
    async with Store.connect(Settings.model_construct()):
        pass


def _serve(orders: socket.socket) -> Order | None:
    """Return the order that a fork is to carry out, or None in the server once it is no longer needed."""
    with selectors.DefaultSelector() as events:
        events.register(orders, selectors.EVENT_READ)
        while True:
            for key, _ in events.select():
                if key.fileobj is orders:
                    if not (message := orders.recv(MOST_BYTES)):
                        return None
                    order = msgspec.json.decode(message, type=Order)
                    if (pid := os.fork()) == 0:
                        return order
                    _lead_group(pid)
                    events.register(os.pidfd_open(pid), selectors.EVENT_READ, pid)
                    orders.send(msgspec.json.encode(Started(pid)))
                else:
                    events.unregister(key.fd)
                    os.close(key.fd)
                    _, status = os.waitpid(key.data, 0)
                    orders.send(msgspec.json.encode(Ended(key.data, os.waitstatus_to_exitcode(status))))


def _become(order: Order, server: int) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != server:
        sys.exit("the fork server ended")
    _lead_group(os.getpid())
    log = os.open(order.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    os.environ.update(order.environment)
    sys.argv[:] = [order.module]
    _show_command_line("python", "-m", order.module)


def _lead_group(pid: int) -> None:
    # Both sides do it, so that it is done for either when it goes on.
    with suppress(PermissionError, ProcessLookupError):
        os.setpgid(pid, pid)


def _show_command_line(*words: str) -> None:
    """Let ``ps`` and ``pgrep -f`` see the service instead of the server, in the memory where the kernel looks."""
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    start, end = int(fields[45]), int(fields[46])
    text = "\0".join(words).encode()[: end - start - 1]
    ctypes.memmove(start, text.ljust(end - start, b"\0"), end - start)


if __name__ == "__main__":
    main()
