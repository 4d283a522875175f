"""Which upload a file is on its way under: a small file for each, so that a killed process finds it again.

It only names the upload; what has arrived, the gateway says. Kept in ``$XDG_STATE_HOME/headrace/uploads``.

Source: XDG Base Directory Specification, ``XDG_STATE_HOME``.
"""

import hashlib
import os
from pathlib import Path

from services.client.local import LocalFile


def state_folder() -> Path:
    """Return where the state of this user's programs lies."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "headrace" / "uploads"


class Memory:
    """Remembers the upload of one file, as it is now, to one gateway, under the same wishes."""

    def __init__(self, folder: Path, gateway: str, file: LocalFile, wishes: bytes) -> None:
        """Look in a folder."""
        identity = "\0".join((gateway, str(file.path), str(file.size_bytes), str(file.modified_ns)))
        self._path = folder / hashlib.sha256(identity.encode() + b"\0" + wishes).hexdigest()

    def recall(self) -> str | None:
        """Return the id of the upload, or None."""
        try:
            return self._path.read_text().strip() or None
        except FileNotFoundError:
            return None

    def keep(self, upload_id: str) -> None:
        """Remember an upload, whole or not at all."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = self._path.with_suffix(f".{os.getpid()}")
        part.write_text(upload_id)
        part.replace(self._path)

    def forget(self) -> None:
        """Remember nothing."""
        self._path.unlink(missing_ok=True)
