"""One answer of a store: the bytes of an object from some place on."""

import re
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from services.runtime.errors import Permanent

_CONNECTIONS: dict[str, type[HTTPConnection]] = {"http": HTTPConnection, "https": HTTPSConnection}
_GONE = {401, 403, 404, 410}
_BEYOND = 416
_WHOLE, _PART = 200, 206
_TOTAL = re.compile(r"bytes (?:\d+-\d+|\*)/(\d+)")


class Interrupted(Exception):
    """An answer failed, or ended before its end."""


LOST = (OSError, HTTPException, Interrupted)
"""What it raises when the same question may be answered later."""


class Answer:
    """Bytes on their way; ``at`` is the place of the next one, ``size_bytes`` the whole, None where it is not told."""

    def __init__(self, url: str, at: int, patience_s: float) -> None:
        """Ask for an object from a place on; ``patience_s`` is how long each of its pieces is waited for, in seconds.

        Raises: Permanent: ``original_missing``. OSError. HTTPException. Interrupted.
        """
        parts = urlsplit(url)
        if (kind := _CONNECTIONS.get(parts.scheme)) is None:
            raise Permanent("original_missing", "The original lies under an address that is not HTTP; upload it again.")
        self._connection = kind(parts.netloc, timeout=patience_s)
        self.at = at
        self.size_bytes: int | None = None
        try:
            self._ask(f"{parts.path}?{parts.query}" if parts.query else parts.path)
        except BaseException:
            self._connection.close()
            raise

    def skip_to(self, at: int) -> None:
        """Read over what lies before a place."""
        self._piece(at - self.at)
        if self.at < at:
            raise Interrupted("the answer ended before what was asked for")

    def read(self, count: int) -> bytes:
        """Return the next bytes: ``count`` unless the object ends before."""
        if self.size_bytes is not None:
            count = min(count, self.size_bytes - self.at)
        return self._piece(count) if count > 0 else b""

    def close(self) -> None:
        """Hang up."""
        self._answer.close()
        self._connection.close()

    def _ask(self, path: str) -> None:
        self._connection.request("GET", path, headers={"Range": f"bytes={self.at}-"})
        self._answer = answer = self._connection.getresponse()
        total = _TOTAL.fullmatch(answer.headers.get("Content-Range", ""))
        if answer.status in _GONE:
            answer.close()
            raise Permanent("original_missing", "The original is gone or may not be read; upload it again.")
        if answer.status == _BEYOND:
            self.size_bytes = int(total[1]) if total else self.at
        elif answer.status == _PART and total:
            self.size_bytes = int(total[1])
        elif answer.status == _WHOLE:
            # A store that knows no ranges sends everything.
            self.at, self.size_bytes = 0, answer.length
        else:
            answer.close()
            raise Interrupted(f"the store answers with {answer.status}")

    def _piece(self, count: int) -> bytes:
        piece = self._answer.read(count)
        if len(piece) < count and self.size_bytes is not None:
            raise Interrupted(f"the answer ended at {self.at + len(piece)} of {self.size_bytes} bytes")
        self.at += len(piece)
        return piece
