"""What runs on this machine, as tests of the stack see it."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

PATIENCE_S = 60.0
"""A bound for what is broken, not a measure of what works."""
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def processes_with(mark: str, command: str = "") -> set[int]:
    """Return the processes with ``mark`` in command line or environment, and ``command`` in the command line."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            environment = (process / "environ").read_bytes().decode(errors="replace")
            is_zombie = (process / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        if mark in words + environment and command in words and not is_zombie:
            found.add(int(process.name))
    return found


def children_of(pid: int) -> list[int]:
    """Return the processes that a process started and that still are there."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            fields = (process / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[1]) == pid and fields[0] != "Z":
            found.append(int(process.name))
    return found


async def until(condition: Callable[[], bool], within_s: float = PATIENCE_S) -> None:
    """Return once a condition holds."""
    async with asyncio.timeout(within_s):
        while not condition():
            await asyncio.sleep(0.02)


def cpu_s(pid: int) -> float:
    """Return the processor time that a process and its ended children have had, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / _TICKS_PER_S
