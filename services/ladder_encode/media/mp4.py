"""Fragmented MP4: an initialisation segment, and media segments that state their absolute time.

No edit list and a constant origin: what two workers made joins exactly, and their initialisation segments are equal.
Source: ISO/IEC 14496-12 §8.8 (movie fragments).
"""

from collections.abc import Sequence
from typing import Any

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet
from av.video.stream import VideoStream

_MOVFLAGS = "empty_moov+default_base_moof+frag_keyframe+frag_discont+skip_trailer"
_BUFFER_BYTES = 1 << 20


class Written:
    """Collects what a muxer writes; like a network it cannot seek."""

    def __init__(self) -> None:
        """Begin empty."""
        self.data = bytearray()

    def write(self, data: bytes) -> int:
        """Take some bytes and say how many."""
        self.data += data
        return len(data)


def open_muxer(written: Written, timescale: int, first_fragment: int = 1) -> OutputContainer:
    """Open a muxer; ``timescale`` is for video, audio counts samples."""
    return av.open(
        written,
        "w",
        format="mp4",
        buffer_size=_BUFFER_BYTES,
        options={
            "movflags": _MOVFLAGS,
            "use_editlist": "0",
            "avoid_negative_ts": "disabled",
            "video_track_timescale": str(timescale),
            "fragment_index": str(first_fragment),
            "fflags": "+bitexact",
        },
    )


def initialisation_segment(container: OutputContainer, written: Written) -> bytes:
    """Open the container's encoder and return ``ftyp`` and ``moov``."""
    container.start_encoding()
    return bytes(written.data)


def media_segment(
    stream: VideoStream | AudioStream, timescale: int, packets: "Sequence[Packet[Any]]", first_fragment: int
) -> bytes:
    """Return ``moof`` and ``mdat`` boxes with packets of an open encoder, one fragment for each group of pictures.

    Times are absolute; ``first_fragment`` is the number that the first fragment gets.
    """
    written = Written()
    with open_muxer(written, timescale, first_fragment) as container:
        copy = container.add_stream_from_template(stream, opaque=True)
        for packet in packets:
            packet.stream = copy
            container.mux_one(packet)
    return bytes(written.data[written.data.index(b"moof") - 4 :])
