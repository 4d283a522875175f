"""One filter graph for all rungs: each is scaled from the one above it, so large pictures are read once."""

from collections.abc import Iterator, Sequence

from av.filter import Graph
from av.filter.context import FilterContext
from av.video.frame import VideoFrame

from contracts.v1 import Rung, VideoStream
from services.runtime.media_clut import ColourTable
from services.runtime.media_colour import assumed_matrix, conversion, delivered, pixel_format_of
from services.runtime.media_tonemap import needs_table

_TURNS = {90: ("transpose=clock",), 180: ("hflip", "vflip"), 270: ("transpose=cclock",)}


class ScalingLadder:
    """Turns one decoded picture into a picture for each rung, all 4:2:0, square pixels, limited range.

    All rungs are of one dynamic range.
    """

    def __init__(self, source: VideoStream, rungs: Sequence[Rung]) -> None:
        """Take the rungs from the largest down."""
        self._source = source
        self._rungs = rungs
        is_sdr = rungs[0].dynamic_range == "sdr"
        self._table = ColourTable(source) if is_sdr and needs_table(source) else None
        self._shape: tuple[object, ...] = ()
        self._entry: FilterContext
        self._exits: list[FilterContext] = []

    def scaled(self, picture: VideoFrame) -> list[VideoFrame]:
        """Return the picture at each rung's size, in the rungs' order."""
        shape = _shape(picture)
        if shape != self._shape:
            self._shape = shape
            self._build(picture)
        self._entry.push(picture)
        return [_pulled(exit_) for exit_ in self._exits]

    def _build(self, picture: VideoFrame) -> None:
        graph = Graph()
        graph.threads = 1
        self._graph = graph
        self._entry = graph.add("buffer", buffer_arguments(picture))
        above = self._entry
        for step in self._first_steps(picture):
            above = _appended(graph, above, step)
        above = self._delivered(graph, above)
        self._exits = []
        for position, rung in enumerate(self._rungs):
            if position:
                above = _appended(graph, above, f"scale={rung.width}:{rung.height}")
            sink = graph.add("buffersink")
            if position < len(self._rungs) - 1:
                fork = _appended(graph, above, "split=2")
                fork.link_to(sink, 1)
                above = fork
            else:
                above.link_to(sink)
            self._exits.append(sink)
        graph.configure()
        if self._table:
            self._table.feed()

    def _first_steps(self, picture: VideoFrame) -> Iterator[str]:
        if self._source.mirrored:
            yield "hflip"
        yield from _TURNS.get(self._source.rotation, ())
        top, matrix = self._rungs[0], delivered(self._source).matrix
        options = {"w": str(top.width), "h": str(top.height), **assumed_matrix(self._source)}
        if any(component.is_alpha for component in picture.format.components):
            # Blend over black, which is a product only in RGB.
            yield _scale(assumed_matrix(self._source) if needs_table(self._source) else {"in_color_matrix": matrix})
            yield "format=gbrap"
            yield "premultiply=inplace=1"
            options["out_color_matrix"] = matrix
        if not self._table:
            options |= {"out_range": "tv", **self._matrix()}
        yield _scale(options)

    def _delivered(self, graph: Graph, above: FilterContext) -> FilterContext:
        """Bring pictures of the best rung's size to the colours and format that are delivered."""
        if self._table:
            above = self._table.append(graph, above)
            above = _appended(graph, above, _scale({"out_color_matrix": "bt709", "out_range": "tv"}))
        above = _appended(graph, above, f"format={pixel_format_of(self._rungs[0])}")
        # What the source said about its own pictures (rotation, mastering display, captions) is not true of these.
        return _appended(graph, above, "sidedata=mode=delete")

    def _matrix(self) -> dict[str, str]:
        return conversion(self._source) if self._rungs[0].dynamic_range == "sdr" else {"out_color_matrix": "bt2020"}


def buffer_arguments(picture: VideoFrame) -> str:
    """Return the arguments of a ``buffer`` filter for pictures like this one.

    PyAV's own ``add_buffer`` leaves out matrix and range, which makes colours wrong.
    """
    return (
        f"video_size={picture.width}x{picture.height}:pix_fmt={picture.format.name}:time_base={picture.time_base}"
        f":pixel_aspect=1/1:colorspace={picture.colorspace}:range={picture.color_range}"
    )


def _shape(picture: VideoFrame) -> tuple[object, ...]:
    return picture.width, picture.height, picture.format.name, picture.colorspace, picture.color_range


def _scale(options: dict[str, str]) -> str:
    return "scale" + "=" * bool(options) + ":".join(f"{name}={value}" for name, value in options.items())


def _appended(graph: Graph, above: FilterContext, step: str) -> FilterContext:
    name, _, arguments = step.partition("=")
    added = graph.add(name, arguments or None)
    above.link_to(added)
    return added


def _pulled(exit_: FilterContext) -> VideoFrame:
    picture = exit_.pull()
    assert isinstance(picture, VideoFrame)
    return picture
