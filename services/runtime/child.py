"""The media child: runs one function of some ``media.py`` under limits, then exits.

Runs as ``python -m services.runtime.child FD CONFINEMENT MODULE…`` with an empty environment: it loads the modules, and
forks itself for each call that comes on the socket FD, or for many calls, of which the last may keep what it loaded for
the next. A fork holds no credentials but the URL it is given, reads no
files but code, cannot write any, and dies with its parent.
"""

import ctypes
import importlib
import os
import resource
import socket
import sys
from collections.abc import Callable, Iterator
from types import GeneratorType
from typing import Any, BinaryIO, get_type_hints

import msgspec

from services.runtime import landlock
from services.runtime.confinement import Confinement
from services.runtime.errors import HeadraceError, Permanent
from services.runtime.fork_server import die_with_parent, serve
from services.runtime.frames import IDLE, LENGTH_BYTES, Call, Done, Failed, Item, decode_call, frame, packed

_PR_SET_NO_NEW_PRIVS = 38


def main() -> None:
    """Load the modules; in each fork, answer one call with frames."""
    die_with_parent()
    ctypes.CDLL(None).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if os.getppid() == 1:
        return
    for module in sys.argv[3:]:
        importlib.import_module(module)
    msgspec.json.decode(sys.argv[2], type=Confinement).enter()
    order = serve(socket.socket(fileno=int(sys.argv[1])))
    if order is None:
        return
    talk, errors = order.files
    # Whatever a library prints goes to stderr; only frames go where the parent reads frames.
    os.dup2(errors, 1)
    os.dup2(errors, 2)
    os.close(errors)
    _answer(socket.socket(fileno=talk))
    # Native threads of a codec must not outlive the answer.
    os._exit(0)


def _answer(parent: socket.socket) -> None:
    with parent.makefile("rb") as asked:
        call = _next_call(asked)
        later = os.getpriority(os.PRIO_PROCESS, 0) + call.later_niceness
        _limit(call)
        while True:
            for answer in _answers(call):
                parent.sendall(frame(answer))
                if isinstance(answer, Item):
                    os.setpriority(os.PRIO_PROCESS, 0, max(os.getpriority(os.PRIO_PROCESS, 0), later))
            if not call.stays:
                return
            call = _next_call(asked)


def _next_call(asked: BinaryIO) -> Call:
    length = int.from_bytes(asked.read(LENGTH_BYTES), "big")
    if not length:
        # Nobody asks any more.
        os._exit(0)
    return decode_call(asked.read(length))


def _limit(call: Call) -> None:
    landlock.set_apart(network=call.network)
    os.nice(call.niceness)
    if call.niceness >= IDLE:
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    resource.setrlimit(resource.RLIMIT_AS, (call.memory_bytes, call.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (call.cpu_s, call.cpu_s))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


def _answers(call: Call) -> Iterator[Item | Done | Failed]:
    try:
        function = _function(call.function)
        result = function(*_arguments(function, call))
        if isinstance(result, GeneratorType):
            for value in result:
                yield Item(packed(value))
            result = None
        yield Done(packed(result))
    except HeadraceError as error:
        yield Failed("permanent" if isinstance(error, Permanent) else "transient", error.code, error.message)
    except MemoryError:
        yield Failed("permanent", "media_too_large", "Decoding the file needs more memory than is allowed.")


def _function(name: str) -> Callable[..., Any]:
    module, _, attribute = name.partition(":")
    function = getattr(importlib.import_module(module), attribute)
    assert callable(function)
    return function  # type: ignore[no-any-return]  # looked up by name


def _arguments(function: Callable[..., Any], call: Call) -> list[Any]:
    hints = get_type_hints(function)
    hints.pop("return", None)
    return [msgspec.msgpack.decode(raw, type=hint) for raw, hint in zip(call.args, hints.values(), strict=True)]


if __name__ == "__main__":
    main()
