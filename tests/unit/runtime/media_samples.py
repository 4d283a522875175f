"""Functions as some ``media.py`` might have them, for children to run."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from contracts.v1 import Rational
from services.runtime.errors import Permanent, Transient


def double(rate: Rational) -> Rational:
    return Rational(rate.num * 2, rate.den)


def count(to: int) -> Iterator[bytes]:
    for number in range(to):
        yield bytes([number])


def count_then_sleep(to: int) -> Iterator[int]:
    yield os.getpid()
    time.sleep(to)


def count_then_refuse(to: int) -> Iterator[int]:
    yield from range(to)
    refuse()


def yield_never() -> Iterator[int]:
    hang()
    yield 0


def yield_a_crash() -> Iterator[int]:
    crash()
    yield 0


def environment() -> dict[str, str]:
    return dict(os.environ)


def patience() -> list[int]:
    return [os.nice(0), os.sched_getscheduler(0)]


def hang() -> None:
    while True:
        pass


def crash() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def be_killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def refuse() -> None:
    raise Permanent("no_good", "Send another.")


def stumble() -> None:
    raise Transient("not_now", "Wait.")


def take_memory(size_bytes: int) -> int:
    return len(bytearray(size_bytes))


def write_file(path: str) -> None:
    Path(path).write_bytes(b"x" * 10)


def chatter() -> str:
    print("this must not mix with the answers")
    os.write(1, b"nor this")
    return "said"


def compete(core: int, until: float) -> float:
    """Keep a core busy until a time of ``time.monotonic``; return the CPU seconds that could be had for that."""
    os.sched_setaffinity(0, {core})
    began_s = time.process_time()
    while time.monotonic() < until:
        pass
    return time.process_time() - began_s


def niceness_twice() -> Iterator[int]:
    yield os.nice(0)
    yield os.nice(0)


def may_read(path: str) -> bool:
    try:
        os.listdir(path) if os.path.isdir(path) else Path(path).read_bytes()  # noqa: PTH112, PTH208 (one call each)
    except PermissionError:
        return False
    return True


def may_connect(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except PermissionError:
        return False
    return True


def may_signal(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except PermissionError:
        return False
    return True
