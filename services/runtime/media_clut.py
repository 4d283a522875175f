"""A table of colours in a filter graph: pictures in, the same pictures in BT.709 out.

The table goes in as a picture, because a media child writes no files.
"""

from array import array
from functools import cache

from av.filter import Graph
from av.filter.context import FilterContext
from av.video.frame import VideoFrame

from contracts.v1 import VideoStream
from services.runtime.media_tonemap import colour_table, peak_nits

# FFmpeg reads a table of level n as a square of n³ pixels, with n² steps for each of red, green and blue.
_LEVEL = 6
_SIDE = _LEVEL**3
_FORMAT = "gbrp16le"
_MOST = 65_535


class ColourTable:
    """Turns what a source's pictures hold into BT.709; one table serves every graph of a process."""

    def __init__(self, source: VideoStream) -> None:
        """Make the table, which takes a quarter of a second."""
        self._table = _picture(source.color_transfer, source.color_primaries, peak_nits(source))
        self._entry: FilterContext

    def append(self, graph: Graph, above: FilterContext) -> FilterContext:
        """Add the conversion below a filter and return its end; it gives planar RGB of 16 bits, tagged BT.709."""
        self._entry = graph.add(
            "buffer", f"video_size={_SIDE}x{_SIDE}:pix_fmt={_FORMAT}:time_base=1/1:pixel_aspect=1/1"
        )
        # Pictures without times would not find the table.
        for name, arguments in (("format", _FORMAT), ("settb", "1/1"), ("setpts", "N")):
            below = graph.add(name, arguments)
            above.link_to(below)
            above = below
        looked_up = graph.add("haldclut", "clut=first:interp=tetrahedral")
        above.link_to(looked_up, 0, 0)
        self._entry.link_to(looked_up, 0, 1)
        tagged = graph.add("setparams", "color_primaries=bt709:color_trc=bt709")
        looked_up.link_to(tagged)
        return tagged

    def feed(self) -> None:
        """Hand the table to the graph, once that is configured."""
        self._entry.push(self._table)
        self._entry.push(None)


@cache
def _picture(transfer: str | None, primaries: str | None, peak: float) -> VideoFrame:
    columns = zip(*colour_table(transfer, primaries, peak, _LEVEL**2), strict=True)
    picture = VideoFrame(_SIDE, _SIDE, _FORMAT)
    # Planes hold green, blue, red; but of a table FFmpeg takes the first for red, the second for green.
    for plane, column in zip(picture.planes, columns, strict=True):
        values = array("H", (round(value * _MOST) for value in column))
        rows = (values[row * _SIDE : (row + 1) * _SIDE].tobytes() for row in range(_SIDE))
        plane.update(b"".join(row.ljust(plane.line_size, b"\0") for row in rows))
    picture.pts = 0
    return picture
