"""Starts servers again that met a full disk, once there is room.

A stream of nats-server that could not be written once (``critical write error``) acknowledges nothing more, until the
server is started again. The index of SeaweedFS's filer is eight databases, of which each takes nothing more after one
write that failed: then an object may be written whose folder is not, which is read but never listed. So SeaweedFS is
started again as soon as there is room, before services write again, whether it has said anything or not: with a full
disk its log is not written either. What both acknowledged before is there afterwards. PostgreSQL ends and comes back
by itself.
"""

import asyncio
import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from infra.local.process import Kept
from services.runtime.disk import RESUMED_AT, free_bytes

LOOK_EVERY_S = 2.0
LOOK_CLOSELY_EVERY_S = 0.1
"""While room is scarce: a disk is filled, and freed, in an instant."""
FULL_BYTES = 1 << 20
"""With less than this, a write may have failed that nobody tells of."""

STUCK = ("nats", "seaweedfs")
_SILENT = "seaweedfs"

# The second is what SeaweedFS says of volumes that it closed.
_NO_ROOM = (b"no space left on device", b"failed to find writable volumes")

_log = logging.getLogger("headrace.stack")


class LogTail:
    """Reads what was added to a log."""

    def __init__(self, path: Path) -> None:
        """Begin at the log's end."""
        self._path = path
        self._read = path.stat().st_size

    def added(self) -> bytes | None:
        """Return what was added since the last time; None when the log is gone: whoever needs room deletes logs."""
        try:
            with self._path.open("rb") as log:
                if log.seek(0, os.SEEK_END) < self._read:  # it was emptied
                    self._read = 0
                log.seek(self._read)
                added = log.read()
        except FileNotFoundError:
            return None
        self._read += len(added)
        return added


async def restart_stuck(logs: Path, kept: Callable[[], Sequence[Kept]], folders: Sequence[Path], least: int) -> None:
    """Restart, for ever, those of the kept servers that met a full disk, while there is enough room for work."""
    tails = {server.name: LogTail(logs / f"{server.name}.log") for server in kept() if server.name in STUCK}
    has_room, was_full = True, False
    while True:
        await asyncio.sleep(LOOK_EVERY_S if has_room else LOOK_CLOSELY_EVERY_S)
        free = min(free_bytes(str(folder)) for folder in folders)
        has_room, was_full = free >= least * RESUMED_AT, was_full or free < FULL_BYTES
        for server in kept():
            added = tails[server.name].added() if server.name in tails else b""
            says_so = added is not None and any(said in added for said in _NO_ROOM)
            may_not_say = added is None or server.name == _SILENT
            if has_room and (says_so or (was_full and may_not_say)):
                _log.warning("%s met a full disk; there is room again, and it is started again", server.name)
                # Asked to stop, SeaweedFS answers nobody any more, and may take ten seconds.
                server.restart(at_once=server.name == _SILENT)
        was_full = was_full and not has_room
