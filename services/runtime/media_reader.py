"""Reading an original by HTTP ranges, so that a store that fails is never taken for a file that ends.

FFmpeg's own reading tells demuxers of a lost connection as of an error in the file: they skip it, or end there, and
what is made of that looks whole. What is raised here comes out of PyAV as it is, whatever the demuxer made of it.
"""

import time
from collections import OrderedDict
from io import SEEK_CUR, SEEK_END

from services.runtime.errors import Transient
from services.runtime.media_answer import LOST, Answer

_AGAIN_S = (0.0, 0.2, 0.5, 1.0)
_BLOCK_BYTES = 1 << 15
# Demuxers go to and fro between pictures and sound, which may lie megabytes apart.
_BLOCKS_KEPT = 128
_ANSWERS_KEPT = 2
# As much may lie in sockets anyway: reading over it is sooner done than asking again.
_SKIPPED_BYTES = 1 << 18


class OriginalReader:
    """A readable, seekable file over a URL; lost connections are taken up where they were lost."""

    def __init__(self, url: str, patience_s: float) -> None:
        """Read from a URL; ``patience_s`` is how long an answer is waited for, in seconds."""
        self._url = url
        self._patience_s = patience_s
        self._at = 0
        self._size_bytes: int | None = None
        self._answers: list[Answer] = []
        self._blocks: OrderedDict[int, bytes] = OrderedDict()

    def read(self, count: int) -> bytes:
        """Return the next bytes, at most ``count``; none at the end of the file.

        Raises: Permanent: ``original_missing``. Transient: ``unreadable_original``.
        """
        number, skipped = divmod(self._at, _BLOCK_BYTES)
        data = self._block(number)[skipped : skipped + count]
        self._at += len(data)
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place, as files do, and return it."""
        if whence == SEEK_CUR:
            offset += self._at
        elif whence == SEEK_END:
            offset += self._size()
        self._at = offset
        return offset

    def tell(self) -> int:
        """Return the place of the next byte."""
        return self._at

    def close(self) -> None:
        """Hang up."""
        while self._answers:
            self._answers.pop().close()

    def __del__(self) -> None:
        self.close()

    def _size(self) -> int:
        if self._size_bytes is None:
            self._block(0)
        if self._size_bytes is None:
            raise Transient("unreadable_original", "The store does not say how long the original is.")
        return self._size_bytes

    def _block(self, number: int) -> bytes:
        if (block := self._blocks.get(number)) is None:
            block = self._blocks[number] = self._fetched(number * _BLOCK_BYTES)
            if len(self._blocks) > _BLOCKS_KEPT:
                self._blocks.popitem(last=False)
        self._blocks.move_to_end(number)
        return block

    def _fetched(self, start: int) -> bytes:
        """Return a block, whole unless the file ends in it, asked for again where an answer is lost."""
        problem: object = None
        for pause_s in _AGAIN_S:
            time.sleep(pause_s)
            try:
                return self._received(start)
            except TimeoutError as error:
                raise Transient("unreadable_original", "The store does not answer in time.") from error
            except LOST as error:
                problem = str(error) or type(error).__name__
                self.close()
        raise Transient("unreadable_original", f"The original could not be read: {problem}.")

    def _received(self, start: int) -> bytes:
        if self._size_bytes is not None and start >= self._size_bytes:
            return b""
        answer = self._answer_for(start)
        self._size_bytes = answer.size_bytes
        answer.skip_to(start)
        return answer.read(_BLOCK_BYTES)

    def _answer_for(self, start: int) -> Answer:
        """Return an answer that reaches a place soon, used last among those that are kept."""
        near = next((answer for answer in self._answers if 0 <= start - answer.at <= _SKIPPED_BYTES), None)
        if near is None:
            if len(self._answers) == _ANSWERS_KEPT:
                self._answers.pop(0).close()
            near = Answer(self._url, start, self._patience_s)
        else:
            self._answers.remove(near)
        self._answers.append(near)
        return near
