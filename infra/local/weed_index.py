"""Mends the indexes of SeaweedFS's volumes before it starts.

An index is a row of entries of one length. When a disk gets full in the middle of an entry, SeaweedFS refuses what was
written, and goes on; but when it is started again it does not open a volume whose index ends within an entry, and all
that lies in it is unreadable. Nobody was told that what such an entry stands for is stored: it is cut off.
"""

import logging
import os
from pathlib import Path

ENTRY_BYTES = 17
"""Of builds for volumes of up to 8000 GB, as ``weed version`` calls them: eight for the key, five, four."""

_log = logging.getLogger("headrace.stack")


def cut_to_whole_entries(folder: Path) -> None:
    """Cut off what an index in a folder has after its last whole entry."""
    for path in folder.glob("*.idx"):
        size_bytes = path.stat().st_size
        if more := size_bytes % ENTRY_BYTES:
            _log.warning("%s ends within an entry, as after a full disk; %d bytes are cut off", path, more)
            os.truncate(path, size_bytes - more)
