"""Which colours a source is delivered in: limited range, tagged as what they are. Pure.

Pictures in BT.709 or BT.601 keep their values. Untagged ones are tagged as what they most likely are, BT.709 in HD and
BT.601 below, so that players need not guess again for a small rung. High dynamic range, wide gamuts, RGB and rare
matrices are converted to BT.709, except in rungs of high dynamic range, which keep gamut and transfer of their source.

Source: ITU-T H.273 for the code points; names are FFmpeg's.
"""

from typing import NamedTuple

from contracts.v1 import DynamicRange, Rung, VideoStream
from services.runtime.media_tonemap import needs_table

LIMITED_RANGE = 1

_HDR_TRANSFERS: dict[DynamicRange, str] = {"pq": "smpte2084", "hlg": "arib-std-b67"}
_RGB_FORMATS = ("rgb", "bgr", "gbr", "argb", "abgr", "0rgb", "0bgr", "x2rgb", "x2bgr", "pal8")
_CODE_POINTS = {"bt709": 1, "bt470bg": 5, "smpte170m": 6}
_WIDE_CODE_POINTS = {"bt2020": 9, "bt2020nc": 9, "smpte431": 11, "smpte432": 12, "smpte2084": 16, "arib-std-b67": 18}
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
        points = _CODE_POINTS | _WIDE_CODE_POINTS
        return points[self.primaries], points[self.transfer], points[self.matrix]


def pixel_format_of(rung: Rung) -> str:
    """Return how a rung's pictures are held."""
    return "yuv420p" if rung.dynamic_range == "sdr" else "yuv420p10le"


def delivered(source: VideoStream, dynamic_range: DynamicRange = "sdr") -> Colours:
    """Return the colours that a source is delivered in."""
    if dynamic_range != "sdr":
        primaries = source.color_primaries if source.color_primaries in _WIDE_CODE_POINTS else "bt2020"
        return Colours(primaries, _HDR_TRANSFERS[dynamic_range], "bt2020nc")
    if needs_table(source) or conversion(source):
        return Colours("bt709", "bt709", "bt709")
    hd = max(source.width, source.height) >= _HD_WIDTH or min(source.width, source.height) > _SD_HEIGHT
    matrix = source.color_space or ("bt709" if hd else "smpte170m")
    primaries = source.color_primaries if source.color_primaries in _CODE_POINTS else matrix
    return Colours(primaries, "bt709" if matrix == "bt709" else "smpte170m", matrix)


def conversion(source: VideoStream) -> dict[str, str]:
    """Return the options of FFmpeg's ``scale`` that bring a source's matrix to BT.709; none where it may stay."""
    if (source.pixel_format or "").startswith(_RGB_FORMATS):
        return {"out_color_matrix": "bt709"}
    if source.color_space is not None and source.color_space not in _CODE_POINTS:
        return {"out_color_matrix": "bt709"}
    return {}


def assumed_matrix(source: VideoStream) -> dict[str, str]:
    """Return the options of ``scale`` that say the matrix of a wide or bright source that does not say it itself."""
    return {"in_color_matrix": "bt2020"} if needs_table(source) and source.color_space is None else {}
