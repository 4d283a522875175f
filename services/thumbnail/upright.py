"""Decoded frames as upright RGB pictures with square pixels, at one size."""

from av.filter import Graph
from av.filter.context import FilterContext
from av.video.frame import VideoFrame
from PIL import Image

from contracts.v1 import VideoStream
from services.thumbnail.decide import Size, sideways

_HDR_TRANSFERS = {"smpte2084", "arib-std-b67"}
_UNSPECIFIED = 2
_HD_HEIGHT = 720
_TO_SDR = "out_primaries=bt709:out_transfer=bt709:intent=perceptual"
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
        self._hdr = source.color_transfer in _HDR_TRANSFERS
        self._shape: tuple[object, ...] = ()
        # Kept, because the table that maps HDR to SDR takes seconds to make, and filters do not keep their graph alive.
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
        for name, arguments in self._steps(frame):
            added = self._graph.add(name, arguments)
            above.link_to(added)
            above = added
        self._exit = above
        self._graph.configure()

    def _steps(self, frame: VideoFrame) -> list[tuple[str, str | None]]:
        # What does not say its matrix is BT.709 from HD upwards, as players assume too.
        unsaid = frame.colorspace == _UNSPECIFIED and frame.height >= _HD_HEIGHT
        scale = [f"w={self._width}:h={self._height}:flags=area"]
        scale += ["in_color_matrix=bt709"] if unsaid else []
        scale += [_TO_SDR] if self._hdr else []
        steps: list[tuple[str, str | None]] = [("scale", ":".join(scale))]
        if any(component.is_alpha for component in frame.format.components):
            steps += [("format", "gbrap"), ("premultiply", "inplace=1")]
        return [*steps, ("format", "rgb24"), ("buffersink", None)]
