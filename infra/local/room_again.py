"""Starts servers again that go on saying that a disk is full when it is not any more.

A stream of nats-server that could not be written once (``critical write error``) acknowledges nothing more, and the
index of SeaweedFS's filer takes nothing more, whatever is free by then, until they are started again. What they
acknowledged before is there afterwards. PostgreSQL ends and comes back by itself.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from infra.local.process import Kept
from services.runtime.disk import RESUMED_AT, free_bytes

LOOK_EVERY_S = 2.0
STUCK = ("nats", "seaweedfs")

# The second is what SeaweedFS says of volumes that it closed.
_NO_ROOM = (b"no space left on device", b"failed to find writable volumes")

_log = logging.getLogger("headrace.stack")


class LogTail:
    """Reads what was added to a log."""

    def __init__(self, path: Path) -> None:
        """Begin at the log's end."""
        self._path = path
        self._read = path.stat().st_size

    def added(self) -> bytes:
        """Return what was added since the last time."""
        with self._path.open("rb") as log:
            log.seek(self._read)
            added = log.read()
        self._read += len(added)
        return added


async def restart_stuck(logs: Path, kept: Callable[[], Sequence[Kept]], folders: Sequence[Path], least: int) -> None:
    """Restart, for ever, those of the kept servers that say that there is no room while there is enough for work."""
    tails = {server.name: LogTail(logs / f"{server.name}.log") for server in kept() if server.name in STUCK}
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        has_room = min(free_bytes(str(folder)) for folder in folders) >= least * RESUMED_AT
        for server in kept():
            added = tails[server.name].added() if server.name in tails else b""
            if has_room and any(said in added for said in _NO_ROOM):
                _log.warning("%s does not see that there is room on the disk again; it is started again", server.name)
                server.restart()
