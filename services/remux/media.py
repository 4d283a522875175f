"""Joins segments to one MP4 file with its index in front, piece by piece, without decoding; synchronous, in a child.

The index is known last and stands first: room is kept for it in the first piece, which is handed out last.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from heapq import merge
from typing import Any

import av
import msgspec
from av.container import OutputContainer
from av.packet import Packet

from contracts.v1 import TIMELINE_ORIGIN_S
from services.remux.joined import Joined
from services.remux.pieces import Pieces
from services.runtime.errors import Permanent


class Piece(msgspec.Struct, frozen=True):
    """A part of the file, counted from 1; all but the last of the file have the same length."""

    number: int
    data: bytes


def join_segments(video_urls: list[str], audio_urls: list[str], index_bytes: int, piece_bytes: int) -> Iterator[Piece]:
    """Yield the pieces of a file, the first one last; each list is an initialisation segment and its segments.

    Raises: Transient: ``segment_unreadable``. Permanent: ``segments_do_not_join``.
    """
    pieces = Pieces(piece_bytes)
    try:
        with ExitStack() as opened:
            sources = [
                opened.enter_context(av.open(Joined(urls), format="mp4")) for urls in (video_urls, audio_urls) if urls
            ]
            output = opened.enter_context(_open_output(pieces, index_bytes))
            streams = [output.add_stream_from_template(source.streams[0], opaque=True) for source in sources]
            packets = [_packets(source, place) for place, source in enumerate(sources)]
            for _, place, _, packet in merge(*packets):
                packet.stream = streams[place]
                output.mux_one(packet)
                yield from _numbered(pieces.finished())
    except (av.error.InvalidDataError, av.error.ArgumentError) as error:
        raise Permanent("segments_do_not_join", "The rung's segments cannot be joined; retry the asset.") from error
    yield from _numbered(pieces.rest())


def _open_output(pieces: Pieces, index_bytes: int) -> OutputContainer:
    options = {"moov_size": str(index_bytes), "fflags": "+bitexact"}
    return av.open(pieces, "w", format="mp4", options=options)


def _packets(source: Any, place: int) -> Iterator[tuple[Any, int, int, "Packet[Any]"]]:
    """Yield packets with what they are ordered by: decoding time, then the source, then their number."""
    for number, packet in enumerate(source.demux(source.streams[0])):
        if packet.size:
            # The timeline of segments has an origin; the file's begins at zero.
            origin = round(TIMELINE_ORIGIN_S / packet.time_base)
            packet.pts, packet.dts = packet.pts - origin, packet.dts - origin
            yield packet.dts * packet.time_base, place, number, packet


def _numbered(pieces: Sequence[tuple[int, bytes]]) -> Iterator[Piece]:
    return (Piece(number, data) for number, data in pieces)
