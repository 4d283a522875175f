"""Decoded frames as upright RGB pictures with square pixels, at one size."""

from av.video.frame import VideoFrame
from av.video.reformatter import ColorPrimaries, Colorspace, ColorTrc, Interpolation, VideoReformatter
from PIL import Image

from contracts.v1 import VideoStream
from services.thumbnail.decide import Size, sideways

_HDR_TRANSFERS = {"smpte2084", "arib-std-b67"}
_UNSPECIFIED = 2
_HD_HEIGHT = 720
_TURNS = {
    90: Image.Transpose.ROTATE_270,  # Pillow counts the other way round
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_90,
}


class Upright:
    """Turns frames of one source into pictures of one size; HDR becomes SDR."""

    def __init__(self, source: VideoStream, size: Size) -> None:
        """Prepare for a source; ``size`` is that of the upright picture."""
        self._turn = _TURNS.get(source.rotation)
        self._width, self._height = (size.height, size.width) if sideways(source) else (size.width, size.height)
        self._hdr = source.color_transfer in _HDR_TRANSFERS
        # Kept, because the table that maps HDR to SDR takes seconds to make.
        self._scaler = VideoReformatter()

    def __call__(self, frame: VideoFrame) -> Image.Image:
        """Return a frame as an RGB picture."""
        # What does not say its matrix is BT.709 from HD upwards, as players assume too.
        unsaid = frame.colorspace == _UNSPECIFIED and frame.height >= _HD_HEIGHT
        scaled = self._scaler.reformat(
            frame,
            self._width,
            self._height,
            "rgb24",
            src_colorspace=Colorspace.ITU709 if unsaid else None,
            interpolation=Interpolation.AREA,
            dst_color_trc=ColorTrc.BT709 if self._hdr else None,
            dst_color_primaries=ColorPrimaries.BT709 if self._hdr else None,
            threads=1,
        )
        image: Image.Image = scaled.to_image()  # type: ignore[no-untyped-call]  # PyAV leaves it untyped
        return image if self._turn is None else image.transpose(self._turn)
