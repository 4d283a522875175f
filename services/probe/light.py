"""What a picture says about the display it was graded on, and how bright pictures get.

Source: SMPTE ST 2086 and CTA-861.3, as FFmpeg's ``AVMasteringDisplayMetadata`` and ``AVContentLightMetadata`` hold it.
"""

import struct
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from av.sidedata.sidedata import Type
from av.video.frame import VideoFrame

from contracts.v1 import Chromaticity, ContentLight, MasteringDisplay

_PLACES = 8
_CHROMATICITIES_PER_UNIT = 50_000
_LUMINANCES_PER_NIT = 10_000
# Ten rationals: x and y of red, green, blue and white, least and most luminance. Then which of them are known.
_MASTERING = struct.Struct("=20i2i")
_LIGHT = struct.Struct("=2I")


def mastering_display(picture: VideoFrame) -> MasteringDisplay | None:
    """Return the display on which a picture was graded, where it says all of it."""
    raw = _side_data(picture, Type.MASTERING_DISPLAY_METADATA, _MASTERING)
    if raw is None or not (raw[-2] and raw[-1]) or not all(raw[1:20:2]):
        return None
    ratios = [Fraction(raw[at], raw[at + 1]) for at in range(0, 20, 2)]
    x_and_y = [round(ratio * _CHROMATICITIES_PER_UNIT) for ratio in ratios[:_PLACES]]
    red, green, blue, white = (Chromaticity(x_and_y[at], x_and_y[at + 1]) for at in range(0, _PLACES, 2))
    least, most = (round(ratio * _LUMINANCES_PER_NIT) for ratio in ratios[_PLACES:])
    if not 0 <= least < most:
        return None
    return MasteringDisplay(red=red, green=green, blue=blue, white=white, max_luminance=most, min_luminance=least)


def content_light(picture: VideoFrame) -> ContentLight | None:
    """Return how bright the pictures of a film get, where one of them says it."""
    raw = _side_data(picture, Type.CONTENT_LIGHT_LEVEL, _LIGHT)
    return ContentLight(max_pixel_nits=raw[0], max_average_nits=raw[1]) if raw and any(raw) else None


def _side_data(picture: VideoFrame, kind: Type, layout: struct.Struct) -> tuple[int, ...] | None:
    # PyAV's stubs take it for a mapping from names.
    stated: Iterable[Any] = picture.side_data
    raw = next((bytes(data) for data in stated if data.type == kind), b"")
    return layout.unpack_from(raw) if len(raw) >= layout.size else None
