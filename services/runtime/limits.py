"""What an original may be: checked where it is announced, where it is completed and where it becomes an asset."""

from fnmatch import fnmatchcase

import msgspec

from services.runtime.errors import Permanent
from services.runtime.settings import Settings

_GIB = 1 << 30


class UploadLimits(msgspec.Struct, frozen=True):
    """The largest original in bytes, and the patterns of MIME types that are taken."""

    most_bytes: int
    types: tuple[str, ...]

    @classmethod
    def of(cls, settings: Settings) -> "UploadLimits":
        """Return the limits that settings state."""
        return cls(settings.upload_max_bytes, settings.upload_types)

    def check(self, size_bytes: int, content_type: str) -> None:
        """Refuse an original that is too large, or of a type that is not taken; no type is no known type.

        Raises: Permanent: ``upload_too_large``, ``upload_type_refused``.
        """
        if size_bytes > self.most_bytes:
            most = f"{self.most_bytes / _GIB:.3g} GiB ({self.most_bytes} bytes)"
            raise Permanent("upload_too_large", f"The file has {size_bytes} bytes; send one of at most {most}.")
        mime = (content_type or "application/octet-stream").partition(";")[0].strip().lower()
        if not any(fnmatchcase(mime, pattern) for pattern in self.types):
            taken = ", ".join(self.types)
            raise Permanent("upload_type_refused", f"Files of type {mime} are not taken here; send {taken}.")
