"""Decoded frames as upright RGB pictures with square pixels, at one size."""

from av.filter import Graph
from av.filter.context import FilterContext
from av.video.frame import VideoFrame
from PIL import Image

from contracts.v1 import VideoStream
from services.runtime.media_clut import ColourTable
from services.runtime.media_tonemap import needs_table
from services.thumbnail.decide import Size, sideways

_UNSPECIFIED = 2
_HD_HEIGHT = 720
_TURNS = {
    90: Image.Transpose.ROTATE_270,  # Pillow counts the other way round
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_90,
}


class Upright:
    """Turns frames of one source into pictures of one size; HDR becomes SDR, what is transparent becomes black."""

    def __init__(self, source: VideoStream, size: Size) -> None:
        """Prepare for a source; ``size`` is that of the upright picture."""
        self._turn = _TURNS.get(source.rotation)
        self._mirrored = source.mirrored
        self._width, self._height = (size.height, size.width) if sideways(source) else (size.width, size.height)
        self._table = ColourTable(source) if needs_table(source) else None
        self._shape: tuple[object, ...] = ()
        # Kept, because filters do not keep their graph alive.
        self._graph: Graph
        self._entry: FilterContext
        self._exit: FilterContext

    def __call__(self, frame: VideoFrame) -> Image.Image:
        """Return a frame as an RGB picture."""
        shape = (frame.width, frame.height, frame.format.name, frame.colorspace, frame.color_range)
        if shape != self._shape:
            self._shape = shape
            self._build(frame)
        self._entry.push(frame)
        scaled = self._exit.pull()
        assert isinstance(scaled, VideoFrame)
        image: Image.Image = scaled.to_image()  # type: ignore[no-untyped-call]  # PyAV leaves it untyped
        if self._mirrored:
            image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        return image if self._turn is None else image.transpose(self._turn)

    def _build(self, frame: VideoFrame) -> None:
        self._graph = Graph()
        self._graph.threads = 1
        above = self._entry = self._graph.add(
            "buffer",
            f"video_size={frame.width}x{frame.height}:pix_fmt={frame.format.name}:time_base=1/1"
            f":pixel_aspect=1/1:colorspace={frame.colorspace}:range={frame.color_range}",
        )
        above = self._appended(above, *self._scale(frame))
        if any(component.is_alpha for component in frame.format.components):
            above = self._appended(above, "format", "gbrap")
            above = self._appended(above, "premultiply", "inplace=1")
        if self._table:
            above = self._table.append(self._graph, above)
        above = self._appended(above, "format", "rgb24")
        self._exit = self._appended(above, "buffersink", None)
        self._graph.configure()
        if self._table:
            self._table.feed()

    def _appended(self, above: FilterContext, name: str, arguments: str | None) -> FilterContext:
        added = self._graph.add(name, arguments)
        above.link_to(added)
        return added

    def _scale(self, frame: VideoFrame) -> tuple[str, str]:
        # What does not say its matrix is that of its gamut, or BT.709 from HD upwards, as players assume too.
        scale = f"w={self._width}:h={self._height}:flags=area"
        if frame.colorspace == _UNSPECIFIED and (self._table or frame.height >= _HD_HEIGHT):
            scale += f":in_color_matrix={'bt2020' if self._table else 'bt709'}"
        return "scale", scale
