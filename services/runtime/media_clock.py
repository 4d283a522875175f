"""When pictures are shown, also where the file does not say so."""

from typing import Any

from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame


def shown_at(container: InputContainer, picture: "VideoFrame | Packet[Any]") -> int | None:
    """Return when a picture, or the picture of a packet, is shown, in its time base; None: just after the one before.

    AVI states no times, only the order of decoding. What FFmpeg derives from that goes back and forth where pictures
    were reordered; decoded pictures come in order of display, and their decode times are steady.
    """
    return picture.dts if states_decoding_only(container) else picture.pts


def states_decoding_only(container: InputContainer) -> bool:
    """Tell whether a container says only in which order pictures are decoded.

    What is reordered then leaves the decoder later than the sound that belongs to it, always by as much.
    """
    return container.format.name == "avi"
