"""The first pictures of a file: that they decode, what they are, and how far they lie apart."""

from collections.abc import Sequence
from fractions import Fraction

from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from services.runtime.media_clock import shown_at, states_decoding_only
from services.runtime.media_open import DECODING_ERRORS
from services.runtime.media_packets import up_to_damage

_ENOUGH_TIMES = 68
_MOST_PACKETS = 2_000
# The last packets read may still miss pictures that come before them.
_REORDERED = 8


class Head:
    """The first picture of a stream that decodes, and the times of its first packets."""

    def __init__(self, container: InputContainer) -> None:
        """Know nothing yet."""
        self._container = container
        self.picture: VideoFrame | None = None
        self.picture_at: int | None = None
        self._key_at: int | None = None
        self._times_s: list[Fraction] = []
        self._at_end = False

    def read(self, stream: VideoStream, packet: "Packet[Stream]") -> None:
        """Learn from a packet."""
        ticks = shown_at(self._container, packet)
        if ticks is not None:
            self._times_s.append(ticks * packet.time_base)
        self._at_end = self._at_end or packet.size == 0
        if self.picture is None:
            self._key_at = ticks if packet.is_keyframe else self._key_at
            try:
                self.picture = next(iter(stream.decode(packet)), None)
            except DECODING_ERRORS:
                return
            self.picture_at = None if self.picture is None else shown_at(self._container, self.picture)

    @property
    def complete(self) -> bool:
        """Tell whether more packets would add nothing."""
        return self.picture is not None and len(self._times_s) >= _ENOUGH_TIMES

    @property
    def delay_ticks(self) -> int:
        """Return how much later than itself the first picture counts as shown, where only decoding has times."""
        if self.picture_at is None or self._key_at is None or not states_decoding_only(self._container):
            return 0
        return self.picture_at - self._key_at

    @property
    def times_s(self) -> list[Fraction]:
        """Return the times of successive pictures in seconds."""
        times = sorted(set(self._times_s))
        return times if self._at_end else times[:-_REORDERED]


def read_heads(container: InputContainer, streams: Sequence[VideoStream]) -> dict[int, Head]:
    """Return the head of each of a file's video streams by its index."""
    heads = {stream.index: Head(container) for stream in streams}
    by_index = {stream.index: stream for stream in streams}
    for _, packet in zip(range(_MOST_PACKETS), up_to_damage(container.demux()), strict=False):
        if packet.stream_index in heads:
            heads[packet.stream_index].read(by_index[packet.stream_index], packet)
        if all(head.complete for head in heads.values()):
            break
    return heads
