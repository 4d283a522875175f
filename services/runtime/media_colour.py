"""Which colours a source is delivered in: standard dynamic range, limited range, tagged as what they are. Pure.

Pictures in BT.709 or BT.601 keep their values. Untagged ones are tagged as what they most likely are, BT.709 in HD and
BT.601 below, so that players need not guess again for a small rung. High dynamic range, wide gamuts, RGB and rare
matrices are converted to BT.709.

Source: ITU-T H.273 for the code points; names are FFmpeg's.
"""

from typing import NamedTuple

from contracts.v1 import VideoStream

LIMITED_RANGE = 1

_HDR_TRANSFERS = {"smpte2084", "arib-std-b67"}
_WIDE_PRIMARIES = {"bt2020", "smpte431", "smpte432"}
_RGB_FORMATS = ("rgb", "bgr", "gbr", "argb", "abgr", "0rgb", "0bgr", "x2rgb", "x2bgr", "pal8")
_CODE_POINTS = {"bt709": 1, "bt470bg": 5, "smpte170m": 6}
_HD_WIDTH = 1280
_SD_HEIGHT = 576


class Colours(NamedTuple):
    """What delivered pictures are tagged with."""

    primaries: str
    transfer: str
    matrix: str

    @property
    def code_points(self) -> tuple[int, int, int]:
        """Return the same as numbers."""
        return _CODE_POINTS[self.primaries], _CODE_POINTS[self.transfer], _CODE_POINTS[self.matrix]


def delivered(source: VideoStream) -> Colours:
    """Return the colours that a source is delivered in."""
    if conversion(source):
        return Colours("bt709", "bt709", "bt709")
    hd = max(source.width, source.height) >= _HD_WIDTH or min(source.width, source.height) > _SD_HEIGHT
    matrix = source.color_space or ("bt709" if hd else "smpte170m")
    primaries = source.color_primaries if source.color_primaries in _CODE_POINTS else matrix
    return Colours(primaries, "bt709" if matrix == "bt709" else "smpte170m", matrix)


def conversion(source: VideoStream) -> dict[str, str]:
    """Return the options of FFmpeg's ``scale`` that bring a source to BT.709; none where it may stay as it is."""
    hdr = source.color_transfer in _HDR_TRANSFERS
    if hdr or source.color_primaries in _WIDE_PRIMARIES:
        unsaid = hdr and source.color_primaries is None
        assumed = {"in_color_matrix": "bt2020", "in_primaries": "bt2020"} if unsaid else {}
        wanted = {"out_color_matrix": "bt709", "out_primaries": "bt709", "out_transfer": "bt709"}
        return {**assumed, **wanted, "intent": "perceptual"}
    if (source.pixel_format or "").startswith(_RGB_FORMATS):
        return {"out_color_matrix": "bt709"}
    if source.color_space is not None and source.color_space not in _CODE_POINTS:
        return {"out_color_matrix": "bt709"}
    return {}
