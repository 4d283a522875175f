"""A file of this machine, as it was when its upload began."""

from pathlib import Path

import msgspec

from services.client.errors import FileChanged


class LocalFile(msgspec.Struct, frozen=True):
    """A file; ``modified_ns`` is when it was written last, nanoseconds since 1970."""

    path: Path
    size_bytes: int
    modified_ns: int

    @classmethod
    def of(cls, path: Path) -> "LocalFile":
        """Return a file as it is now.

        Raises: OSError: there is none.
        """
        found = path.stat()
        return cls(path.resolve(), found.st_size, found.st_mtime_ns)

    def check_unchanged(self) -> None:
        """Make sure that it still is the same.

        Raises: FileChanged.
        """
        if self.of(self.path) != self:
            raise FileChanged(f"{self.path} was changed while it was sent; upload it again.")
