"""The media child: runs one function of some ``media.py`` under limits, then exits.

Started ahead of need as ``python -m services.runtime.child MODULE…`` with an empty environment. It holds no
credentials but the URL it is given, cannot write files, and dies with its parent.
"""

import ctypes
import importlib
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from types import GeneratorType
from typing import Any, BinaryIO, get_type_hints

import msgspec

from services.runtime.errors import HeadraceError, Permanent
from services.runtime.frames import IDLE, LENGTH_BYTES, Call, Done, Failed, Item, decode_call, frame, packed

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38


def main() -> None:
    """Answer one call on stdin with frames on stdout."""
    _die_with_parent()
    answers = _take_stdout()
    for module in sys.argv[1:]:
        importlib.import_module(module)
    call = _read_call(sys.stdin.buffer)
    if call is None:
        return
    _limit(call)
    for answer in _answers(call):
        answers.write(frame(answer))
        answers.flush()
    # Native threads of a codec must not outlive the answer.
    os._exit(0)


def _die_with_parent() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if os.getppid() == 1:
        os._exit(1)


def _take_stdout() -> BinaryIO:
    # Whatever a library prints goes to stderr; only frames go where the parent reads frames.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers


def _read_call(stdin: BinaryIO) -> Call | None:
    length = stdin.read(LENGTH_BYTES)
    if len(length) < LENGTH_BYTES:
        return None
    return decode_call(stdin.read(int.from_bytes(length, "big")))


def _limit(call: Call) -> None:
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
