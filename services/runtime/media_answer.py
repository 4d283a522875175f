"""An object's bytes from some place on, asked for a few megabytes at a time over one connection.

Asked for all that follows, a store fetches far ahead of a reader who takes little of it: SeaweedFS spent more processor
time on an original's index than FFmpeg.
"""

import re
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from urllib.parse import urlsplit

from services.runtime.errors import Permanent

REQUEST_BYTES = 4 << 20

_CONNECTIONS: dict[str, type[HTTPConnection]] = {"http": HTTPConnection, "https": HTTPSConnection}
_GONE = {401, 403, 404, 410}
_BEYOND = 416
_WHOLE, _PART = 200, 206
_TOTAL = re.compile(r"bytes (?:\d+-\d+|\*)/(\d+)")


class Interrupted(Exception):
    """An answer failed, or ended before its end."""


LOST = (OSError, HTTPException, Interrupted)
"""What is raised where the same question may be answered later."""


class Answers:
    """Bytes on their way; ``at`` is the place of the next one, ``size_bytes`` the object's, once it is told."""

    def __init__(self, url: str, at: int, patience_s: float) -> None:
        """Begin at a place; ``patience_s`` is how long the store is waited for at a time, in seconds.

        Raises: Permanent: ``original_missing``.
        """
        parts = urlsplit(url)
        if (kind := _CONNECTIONS.get(parts.scheme)) is None:
            raise Permanent("original_missing", "The original lies under an address that is not HTTP; upload it again.")
        self._connection = kind(parts.netloc, timeout=patience_s)
        self._path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        self._answer: HTTPResponse | None = None
        self._end = at
        self.at = at
        self.size_bytes: int | None = None

    def skip_to(self, at: int) -> None:
        """Read over what lies before a place."""
        while self.at < at and self.read(at - self.at):
            pass

    def read(self, count: int) -> bytes:
        """Return the next bytes, at most ``count``; none at the end.

        Raises: Permanent: ``original_missing``. OSError. HTTPException. Interrupted.
        """
        if self.at == self._end and self.at != self.size_bytes:
            self._ask()
        if self._answer is None or self.at >= self._end:
            return b""
        piece = self._answer.read(min(count, self._end - self.at))
        if not piece:
            raise Interrupted(f"the answer ended at {self.at} of {self.size_bytes} bytes")
        self.at += len(piece)
        return piece

    def close(self) -> None:
        """Hang up."""
        if self._answer is not None:
            self._answer.close()
        self._connection.close()

    def _ask(self) -> None:
        asked = f"bytes={self.at}-{self.at + REQUEST_BYTES - 1}"
        self._connection.request("GET", self._path, headers={"Range": asked})
        self._answer = answer = self._connection.getresponse()
        if answer.status in _GONE:
            raise Permanent("original_missing", "The original is gone or may not be read; upload it again.")
        total = _TOTAL.fullmatch(answer.headers.get("Content-Range", ""))
        length = answer.length or 0
        if answer.status == _BEYOND:
            self.size_bytes = int(total[1]) if total else self.at
        elif answer.status == _PART and total:
            self.size_bytes, self._end = int(total[1]), self.at + length
        elif answer.status == _WHOLE:
            # A store that knows no ranges sends everything.
            self.at, self.size_bytes, self._end = 0, length, length
        else:
            raise Interrupted(f"the store answers with {answer.status}")
