"""How a file ends: whether it was cut off, and when its streams' last packets end. Reads a bounded part of it."""

from fractions import Fraction
from functools import cached_property

from av.container import InputContainer
from av.stream import Stream

from services.probe.cut import stated_size_bytes
from services.probe.extent import ends_s, stated_end_s
from services.probe.tail import excerpt
from services.runtime.media_open import first_bytes, open_excerpt, open_original, read_bytes

# Less than the deadline of the whole, so that a store that does not answer is asked again and not the file blamed.
PATIENCE_S = 4.0
# What lies between a stated and a measured length without being a loss.
MISSED_S = Fraction(1, 4)
WHOLE_BYTES = 4 << 20
"""Files up to this size are read whole where nothing else tells how long they are, and so are rarer containers."""

_HEAD_BYTES = 1 << 20
# A cluster of Matroska lasts a few seconds, or has 5 MB.
_TAILS_BYTES = (1 << 20, 16 << 20)
_SCALED_FORMAT = "avi"
_FORMATS_WITH_SIZES = ("matroska", "avi")
_FORMATS_WITH_TAILS = ("matroska", "flv")
# How much writers of AVI count too many.
_ROUNDED_BYTES = 16


class Ending:
    """The end of one original, looked at when it is asked for."""

    def __init__(self, url: str, container: InputContainer, size_bytes: int) -> None:
        """Take an open original of ``size_bytes``."""
        self._url = url
        self._container = container
        self._size_bytes = size_bytes

    @cached_property
    def cut_off(self) -> bool:
        """Tell whether the file says that it is larger or longer than it is."""
        stated_s = stated_end_s(self._container)
        if stated_s is not None:
            return stated_s - max(self._ends_s.values(), default=stated_s) > MISSED_S
        return self._stated_bytes > self._size_bytes + _ROUNDED_BYTES

    @property
    def share(self) -> Fraction:
        """Return how much of the length that is stated is there; of AVI FFmpeg takes that into account itself."""
        if not self._stated_bytes or self._container.format.name == _SCALED_FORMAT:
            return Fraction(1)
        return min(Fraction(1), Fraction(self._size_bytes, self._stated_bytes))

    def end_s(self, stream: Stream) -> Fraction | None:
        """Return when a stream's last packet ends on the container's clock; None where only reading all would tell."""
        return self._ends_s.get(stream.index)

    @cached_property
    def _stated_bytes(self) -> int:
        if not self._container.format.name.startswith(_FORMATS_WITH_SIZES):
            return 0
        return stated_size_bytes(first_bytes(self._url, PATIENCE_S)) or 0

    @cached_property
    def _ends_s(self) -> dict[int, Fraction]:
        name = self._container.format.name
        bounded = name.startswith((*_FORMATS_WITH_SIZES, *_FORMATS_WITH_TAILS))
        if self._size_bytes <= WHOLE_BYTES or not bounded:
            with open_original(self._url, PATIENCE_S) as whole:
                return ends_s(whole)
        return self._tail_ends_s() if name.startswith(_FORMATS_WITH_TAILS) else {}

    def _tail_ends_s(self) -> dict[int, Fraction]:
        beginning = read_bytes(self._url, _HEAD_BYTES, patience_s=PATIENCE_S)
        for tail_bytes in _TAILS_BYTES:
            at = max(0, self._size_bytes - tail_bytes)
            short = excerpt(beginning, read_bytes(self._url, tail_bytes, at, PATIENCE_S))
            if short is not None:
                with open_excerpt(short) as last:
                    return ends_s(last)
        return {}
