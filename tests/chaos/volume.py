"""A small volume that can be filled; the machine's own disk never is."""

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PIECE_BYTES = 1 << 20
_FILLER = "filler"


@contextmanager
def volume(path: Path, size_bytes: int) -> Iterator[None]:
    """Mount a volume of a size in memory at a path for the length of a block; of 0 bytes: none."""
    if size_bytes:
        path.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "chaos", path], check=True)
    try:
        yield
    finally:
        if size_bytes:
            subprocess.run(["umount", path], check=True)


def can_mount() -> bool:
    """Tell whether volumes can be mounted."""
    return os.geteuid() == 0


def fill(path: Path, left_bytes: int) -> None:
    """Fill the volume of a folder until no more is left."""
    with (path / _FILLER).open("wb", buffering=0) as filler:
        state = os.statvfs(path)
        room = state.f_bavail * state.f_frsize - left_bytes
        while room > 0:
            room -= filler.write(bytes(min(room, _PIECE_BYTES)))


def fill_whole(path: Path) -> None:
    """Fill the volume of a folder to its last byte, and what others gave back since."""
    with (path / _FILLER).open("ab", buffering=0) as filler:
        size = _PIECE_BYTES
        while size:
            try:
                filler.write(bytes(size))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                size //= 16


def free(path: Path) -> None:
    """Give the room back."""
    (path / _FILLER).unlink(missing_ok=True)
