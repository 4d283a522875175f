"""Confines a process by Landlock, where the kernel has it: what it may read, and which ports it may connect to.

What is confined stays so, and so does all that it forks. It needs no privileges but ``no_new_privs``.

Source: https://docs.kernel.org/userspace-api/landlock.html; ``linux/landlock.h`` as of ABI 7.
"""

import ctypes
import os
from collections.abc import Iterable
from pathlib import Path

NO_LANDLOCK = 0
TCP_SINCE = 4
SCOPES_SINCE = 6

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION = 1
_PATH_BENEATH, _NET_PORT = 1, 2

_READ_FILE, _READ_FOLDER = 1 << 2, 1 << 3
_BIND_TCP, _CONNECT_TCP = 1 << 0, 1 << 1
_ABSTRACT_SOCKETS, _SIGNALS = 1 << 0, 1 << 1
# All that can be done to files: thirteen rights at first, then REFER, TRUNCATE and IOCTL_DEV.
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("tcp", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


class _Port(ctypes.Structure):
    _fields_ = (("allowed", ctypes.c_uint64), ("port", ctypes.c_uint64))


_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


def abi() -> int:
    """Return the version of the kernel's Landlock, ``NO_LANDLOCK`` where it has none."""
    try:
        return _call(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_ASK_VERSION))
    except OSError:
        return NO_LANDLOCK


def confine(readable: Iterable[Path], ports: Iterable[int]) -> None:
    """Let this thread read nothing but some files and folders, write and run nothing, and connect to some ports alone.

    Older kernels know less: connections are restricted from ABI 4 on, signals to others from ABI 6 on.

    Raises: OSError: the kernel has Landlock and refuses.
    """
    version = abi()
    if version == NO_LANDLOCK:
        return
    files = (1 << _FILE_RIGHTS.get(version, max(_FILE_RIGHTS.values()))) - 1
    rules: list[tuple[int, _Beneath | _Port]] = [(_NET_PORT, _Port(_CONNECT_TCP, port)) for port in ports]
    opened = [(path, os.open(path, os.O_PATH | os.O_CLOEXEC)) for path in readable if path.exists()]
    for path, file in opened:
        rights = _READ_FILE | (_READ_FOLDER if path.is_dir() else 0)
        rules.append((_PATH_BENEATH, _Beneath(rights, file)))
    _restrict(version, files, [rule for rule in rules if rule[0] == _PATH_BENEATH or version >= TCP_SINCE])
    for _, file in opened:
        os.close(file)


def set_apart(*, network: bool) -> None:
    """Keep this process from signalling and tracing others that are confined as it is; without network, from TCP too.

    Raises: OSError: the kernel can do this and refuses.
    """
    version = abi()
    if version >= SCOPES_SINCE or (version >= TCP_SINCE and not network):
        _restrict(version, 0, [], tcp=not network)


def _restrict(version: int, files: int, rules: list[tuple[int, _Beneath | _Port]], *, tcp: bool = True) -> None:
    wanted = _Ruleset(
        files,
        _BIND_TCP | _CONNECT_TCP if tcp and version >= TCP_SINCE else 0,
        _ABSTRACT_SOCKETS | _SIGNALS if version >= SCOPES_SINCE else 0,
    )
    known = 8 * (1 + (version >= TCP_SINCE) + (version >= SCOPES_SINCE))
    ruleset = _call(_CREATE_RULESET, ctypes.byref(wanted), ctypes.c_size_t(known), ctypes.c_uint32(0))
    for kind, rule in rules:
        _call(_ADD_RULE, ctypes.c_int(ruleset), ctypes.c_int(kind), ctypes.byref(rule), ctypes.c_uint32(0))
    _call(_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0))
    os.close(ruleset)


def _call(number: int, *arguments: object) -> int:
    result: int = _libc.syscall(ctypes.c_long(number), *arguments)
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"Landlock: {os.strerror(error)}")
    return result
