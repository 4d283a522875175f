"""A file that is handed out in pieces while it is written; only its beginning can be written again."""


class Pieces:
    """What a muxer writes to; it may go back into the first piece, which therefore stays until the end."""

    def __init__(self, piece_bytes: int) -> None:
        """Cut after every so many bytes."""
        self._piece_bytes = piece_bytes
        self._first = bytearray()
        self._later = bytearray()
        self._handed_out = 0
        self._position = 0

    def write(self, data: bytes) -> int:
        """Take bytes at the position; behind the first piece only at the end."""
        view = memoryview(data)
        if self._position < self._piece_bytes:
            end = min(self._piece_bytes, self._position + len(view))
            own = view[: end - self._position]
            # The muxer leaves room by going further than it has written.
            self._first.extend(bytes(max(0, self._position - len(self._first))))
            self._first[self._position : end] = own
            view = view[len(own) :]
            self._position = end
        if view:
            begins = self._piece_bytes * (1 + self._handed_out)
            place = self._position - begins
            if place < 0:
                raise OSError("This part of the file is gone already.")
            self._later[place : place + len(view)] = view
            self._position += len(view)
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place; ends are counted from what was written so far."""
        base = {0: 0, 1: self._position, 2: self._length}[whence]
        self._position = base + offset
        return self._position

    def tell(self) -> int:
        """Return the position."""
        return self._position

    def finished(self) -> list[tuple[int, bytes]]:
        """Hand out the pieces that are whole, but for the first; they are counted from 1."""
        whole = []
        while len(self._later) >= self._piece_bytes:
            self._handed_out += 1
            whole.append((1 + self._handed_out, bytes(self._later[: self._piece_bytes])))
            del self._later[: self._piece_bytes]
        return whole

    def rest(self) -> list[tuple[int, bytes]]:
        """Hand out what is left at the end: the last piece, then the first."""
        last = [(2 + self._handed_out, bytes(self._later))] if self._later else []
        return [*self.finished(), *last, (1, bytes(self._first))]

    @property
    def _length(self) -> int:
        return len(self._first) + self._piece_bytes * self._handed_out + len(self._later)
