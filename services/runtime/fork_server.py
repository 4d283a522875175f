"""The server's side of forking: a process that has loaded its libraries forks another from itself for each order.

A fork costs milliseconds and shares memory, where a new Python spends a tenth of a second and more on imports. Orders
come as datagrams, with files if need be; what the forks are to do with them is the business of whoever calls ``serve``.
"""

import ctypes
import gc
import os
import selectors
import signal
import socket
import sys
from contextlib import suppress

import msgspec

MOST_BYTES = 1 << 17
MOST_FILES = 4

_PR_SET_PDEATHSIG = 1


class Started(msgspec.Struct, tag=True):
    """The ordered process runs."""

    pid: int


class Ended(msgspec.Struct, tag=True):
    """A process has ended, with a negative status for a signal."""

    pid: int
    status: int


class Order(msgspec.Struct):
    """What one fork is to do, and the files that it was given for that."""

    message: bytes
    files: list[int]


def serve(orders: socket.socket) -> Order | None:
    """Fork for each order; return it in the fork, and None in the server once the other side has closed.

    Each fork leads a process group of its own and dies with the server.
    """
    # What is loaded now lives for ever: a collection in a fork would only copy shared memory.
    gc.collect()
    gc.freeze()
    server = os.getpid()
    with orders, selectors.DefaultSelector() as events:
        events.register(orders, selectors.EVENT_READ)
        while True:
            for key, _ in events.select():
                if key.fileobj is not orders:
                    events.unregister(key.fd)
                    orders.send(msgspec.json.encode(_ended(key.fd, key.data)))
                    continue
                message, files, _, _ = socket.recv_fds(orders, MOST_BYTES, MOST_FILES)
                if not message:
                    return None
                if (pid := os.fork()) == 0:
                    _belong_to(server)
                    return Order(message, files)
                _lead_group(pid)
                for file in files:
                    os.close(file)
                events.register(os.pidfd_open(pid), selectors.EVENT_READ, pid)
                orders.send(msgspec.json.encode(Started(pid)))


def die_with_parent() -> None:
    """Have the kernel kill this process when the one that started it ends."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _ended(pidfd: int, pid: int) -> Ended:
    os.close(pidfd)
    _, status = os.waitpid(pid, 0)
    return Ended(pid, os.waitstatus_to_exitcode(status))


def _belong_to(server: int) -> None:
    die_with_parent()
    if os.getppid() != server:
        sys.exit("the fork server ended")
    _lead_group(os.getpid())


def _lead_group(pid: int) -> None:
    # Both sides do it, so that it is done for either when it goes on.
    with suppress(PermissionError, ProcessLookupError):
        os.setpgid(pid, pid)
