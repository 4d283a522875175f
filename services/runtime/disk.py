"""Watches the volumes that work ends on: one that is nearly full stops work before anything breaks on it."""

import asyncio
import logging
import os
from collections.abc import Sequence
from time import monotonic

from services.runtime.intake import Intake

LOOK_EVERY_S = 2.0
RESUMED_AT = 1.25
"""So many times the least free space must be free again, that work does not stop and go."""

SETTLED_S = 3.0
"""So long there must have been room: servers that met a full disk are started again meanwhile."""

REASON = "disk"

_GIB = 1 << 30

_log = logging.getLogger("headrace.disk")


class Disk:
    """The folders whose volumes must have room."""

    def __init__(self, intake: Intake, folders: Sequence[str], least_free_bytes: int) -> None:
        """Pause an intake while less than ``least_free_bytes`` are free on the volume of one of the folders."""
        self._intake = intake
        self._folders = folders
        self._least_free_bytes = least_free_bytes
        self._roomy_since: float | None = None

    def look(self) -> None:
        """Look once, and pause or resume accordingly."""
        free = {folder: free_bytes(folder) for folder in self._folders}
        if not free:
            return
        fullest = min(free, key=lambda folder: free[folder])
        wanted = self._least_free_bytes * (RESUMED_AT if REASON in self._intake.reasons else 1)
        if free[fullest] >= wanted:
            if self._is_settled():
                self._intake.resume(REASON)
        else:
            self._roomy_since = None
            again = self._least_free_bytes * RESUMED_AT / _GIB
            self._intake.pause(
                REASON,
                f"Only {free[fullest] / _GIB:.3g} GiB are free at {fullest}; free some space. "
                f"Work goes on by itself from {again:.3g} GiB on.",
            )

    def _is_settled(self) -> bool:
        now = monotonic()
        if self._roomy_since is None:
            self._roomy_since = now
        return now - self._roomy_since >= SETTLED_S

    def is_full(self) -> bool:
        """Look once, and tell whether there is too little room, or was a moment ago."""
        self.look()
        return REASON in self._intake.reasons

    async def watch(self) -> None:
        """Look again and again, for ever."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                self.look()
            except OSError:
                _log.exception("a watched volume cannot be looked at")


def free_bytes(folder: str) -> int:
    """Return how much those without privileges may still write to a folder's volume."""
    volume = os.statvfs(folder)
    return volume.f_bavail * volume.f_frsize
