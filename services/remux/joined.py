"""Several objects, read one after the other as if they were one file."""

from collections.abc import Sequence
from http.client import HTTPException
from urllib.request import urlopen

from services.runtime.errors import Transient

_PATIENCE_S = 20


class Joined:
    """A file that cannot seek; one object at a time is in memory."""

    def __init__(self, urls: Sequence[str]) -> None:
        """Name the objects in order, by URLs of our own store."""
        self._urls = iter(urls)
        self._rest = memoryview(b"")

    def read(self, size_bytes: int) -> bytes:
        """Return up to so many bytes, and none at the end.

        Raises: Transient: ``segment_unreadable``.
        """
        while not self._rest:
            url = next(self._urls, None)
            if url is None:
                return b""
            self._rest = memoryview(_get(url))
        taken, self._rest = self._rest[:size_bytes], self._rest[size_bytes:]
        return bytes(taken)


def _get(url: str) -> bytes:
    try:
        with urlopen(url, timeout=_PATIENCE_S) as answer:  # noqa: S310 (the store's own URLs, signed by us)
            data: bytes = answer.read()
            return data
    except (HTTPException, OSError) as error:
        raise Transient("segment_unreadable", f"The store did not answer for a segment: {error}") from error
