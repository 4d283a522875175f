"""What runs on this machine, as tests of the stack see it."""

import asyncio
from collections.abc import Callable
from pathlib import Path


def processes_with(mark: str) -> dict[int, str]:
    """Return process ids and command lines of the processes that have a text in their command line."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
            state = (process / "stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if mark in command and state != "Z":
            found[int(process.name)] = command
    return found


async def until(condition: Callable[[], bool], within_s: float = 20.0) -> None:
    """Return once a condition holds."""
    async with asyncio.timeout(within_s):
        while not condition():
            await asyncio.sleep(0.02)
