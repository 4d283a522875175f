"""One answer of a store: the bytes of an object from some place on."""

import re
import sys
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from services.runtime.errors import Permanent

REQUEST_BYTES = 4 << 20

_SKIPPED_BYTES = 1 << 16
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
    """Bytes on their way; ``at`` is the place of the next one, ``size_bytes`` the whole, None where it is not told.

    They are asked for in pieces: asked for all that follows, a store fetches far ahead of a reader who takes little of
    it. SeaweedFS spent more processor time on an original's index than FFmpeg.
    """

    def __init__(self, url: str, at: int, patience_s: float) -> None:
        """Ask for an object from a place on; ``patience_s`` is how long each of its pieces is waited for, in seconds.

        Raises: Permanent: ``original_missing``. OSError. HTTPException. Interrupted.
        """
        parts = urlsplit(url)
        if (kind := _CONNECTIONS.get(parts.scheme)) is None:
            raise Permanent("original_missing", "The original lies under an address that is not HTTP; upload it again.")
        self._connection = kind(parts.netloc, timeout=patience_s)
        self._target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        self.at = at
        self.size_bytes: int | None = None
        try:
            self._ask()
        except BaseException:
            self._connection.close()
            raise

    def skip_to(self, at: int) -> None:
        """Read over what lies before a place."""
        while self.at < at:
            if not self.read(min(at - self.at, _SKIPPED_BYTES)):
                raise Interrupted("the answer ended before what was asked for")

    def read(self, count: int) -> bytes:
        """Return the next bytes: ``count`` unless the object ends before."""
        if self.size_bytes is not None:
            count = min(count, self.size_bytes - self.at)
        found = b""
        while len(found) < count:
            if self.at == self._until:
                self._ask()
            piece = self._piece(min(count - len(found), self._until - self.at))
            if not piece:
                break
            found += piece
        return found

    def close(self) -> None:
        """Hang up."""
        self._answer.close()
        self._connection.close()

    def _ask(self) -> None:
        until = self.at + REQUEST_BYTES
        self._connection.request("GET", self._target, headers={"Range": f"bytes={self.at}-{until - 1}"})
        self._answer = answer = self._connection.getresponse()
        total = _TOTAL.fullmatch(answer.headers.get("Content-Range", ""))
        if answer.status in _GONE:
            answer.close()
            raise Permanent("original_missing", "The original is gone or may not be read; upload it again.")
        if answer.status == _BEYOND:
            self.size_bytes = int(total[1]) if total else self.at
            self._until = self.at
        elif answer.status == _PART and total:
            self.size_bytes = int(total[1])
            self._until = min(until, self.size_bytes)
        elif answer.status == _WHOLE:
            # A store that knows no ranges sends everything.
            self.at, self.size_bytes = 0, answer.length
            self._until = sys.maxsize if answer.length is None else answer.length
        else:
            answer.close()
            raise Interrupted(f"the store answers with {answer.status}")

    def _piece(self, count: int) -> bytes:
        piece = self._answer.read(count)
        if len(piece) < count and self.size_bytes is not None:
            raise Interrupted(f"the answer ended at {self.at + len(piece)} of {self.size_bytes} bytes")
        self.at += len(piece)
        return piece
