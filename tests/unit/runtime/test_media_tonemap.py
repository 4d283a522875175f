"""High dynamic range and wide gamuts in BT.709: curves by the standards, the table against them, what sources say."""

from array import array
from typing import Any

import pytest
from av.filter import Graph
from av.video.frame import VideoFrame

from contracts.v1 import Chromaticity, ContentLight, MasteringDisplay, Rational, VideoStream
from services.runtime.media_clut import ColourTable
from services.runtime.media_gamut import to_bt709
from services.runtime.media_tonemap import conversion, light_of, needs_table, peak_nits

MOST = 65_535


def source(**fields: Any) -> VideoStream:
    return VideoStream(
        index=0, codec="hevc", width=64, height=36, frame_rate=Rational(25, 1), start_s=0, duration_s=1, **fields
    )


def graded(nits: int) -> MasteringDisplay:
    place = Chromaticity(15_635, 16_450)
    return MasteringDisplay(
        red=place, green=place, blue=place, white=place, max_luminance=nits * 10_000, min_luminance=1
    )


def looked_up(stream: VideoStream, colours: list[tuple[float, float, float]]) -> list[tuple[float, ...]]:
    """Return what FFmpeg makes of colours by a source's table."""
    table, graph, width = ColourTable(stream), Graph(), 8 * len(colours)
    entry = graph.add("buffer", f"video_size={width}x8:pix_fmt=gbrp16le:time_base=1/1:pixel_aspect=1/1")
    sink = graph.add("buffersink")
    table.append(graph, entry).link_to(sink)
    graph.configure()
    table.feed()
    picture = VideoFrame(width, 8, "gbrp16le")
    for plane, channel in zip(picture.planes, (1, 2, 0), strict=True):
        row = array("H", (round(colour[channel] * MOST) for colour in colours for _ in range(8))).tobytes()
        plane.update(row.ljust(plane.line_size, b"\0") * 8)
    entry.push(picture)
    made = sink.pull()
    assert isinstance(made, VideoFrame)
    green, blue, red = (array("H", bytes(plane)[: 2 * width])[4::8] for plane in made.planes)
    return [(r / MOST, g / MOST, b / MOST) for r, g, b in zip(red, green, blue, strict=True)]


@pytest.mark.parametrize(
    ("primaries", "rows"),
    [
        # ITU-R BT.2087-0 and SMPTE EG 432-1.
        ("bt2020", [(1.6605, -0.5876, -0.0728), (-0.1246, 1.1329, -0.0083), (-0.0182, -0.1006, 1.1187)]),
        ("smpte432", [(1.2249, -0.2247, 0.0), (-0.0420, 1.0419, 0.0), (-0.0197, -0.0786, 1.0979)]),
        ("bt709", [(1, 0, 0), (0, 1, 0), (0, 0, 1)]),
    ],
)
def test_gamuts_are_brought_to_bt709_by_the_matrices_of_the_standards(
    primaries: str, rows: list[tuple[float, float, float]]
) -> None:
    for row, expected in zip(to_bt709(primaries), rows, strict=True):
        assert row == pytest.approx(expected, abs=4e-4)
        assert sum(row) == pytest.approx(1)


@pytest.mark.parametrize(
    ("fields", "nits"),
    [
        ({"color_transfer": "smpte2084"}, 1000),
        ({"color_transfer": "smpte2084", "mastering_display": graded(4000)}, 4000),
        (
            {
                "color_transfer": "smpte2084",
                "mastering_display": graded(4000),
                "content_light": ContentLight(max_pixel_nits=620, max_average_nits=100),
            },
            620,
        ),
        (
            {
                "color_transfer": "smpte2084",
                "mastering_display": graded(1000),
                "content_light": ContentLight(max_pixel_nits=0, max_average_nits=100),
            },
            1000,
        ),
        ({"color_transfer": "smpte2084", "mastering_display": graded(100)}, 203),
        (
            {"color_transfer": "smpte2084", "content_light": ContentLight(max_pixel_nits=65_535, max_average_nits=1)},
            10_000,
        ),
        ({"color_transfer": "arib-std-b67", "mastering_display": graded(4000)}, 1000),
        ({"color_primaries": "bt2020"}, 203),
    ],
)
def test_the_peak_is_what_the_source_says_or_1000_nits(fields: dict[str, Any], nits: float) -> None:
    assert needs_table(source(**fields))
    assert peak_nits(source(**fields)) == nits


# Codes of PQ and HLG, and what becomes of them in eight bits by BT.2100, BT.2390 and BT.1886, worked out by hand.
@pytest.mark.parametrize(
    ("transfer", "greys"),
    [
        ("smpte2084", {0.0: 0, 0.38: 108, 0.508: 189, 0.58: 230, 1.0: 255}),
        ("arib-std-b67", {0.0: 0, 0.38: 108, 0.75: 230, 1.0: 255}),
        (None, {0.0: 0, 0.25: 64, 0.5: 128, 1.0: 255}),
    ],
)
def test_greys_come_out_as_the_standards_have_them(transfer: str | None, greys: dict[float, int]) -> None:
    stream = source(color_transfer=transfer, color_primaries="bt2020")

    made = looked_up(stream, [(grey, grey, grey) for grey in greys])

    for (red, green, blue), expected in zip(made, greys.values(), strict=True):
        assert max(red, green, blue) - min(red, green, blue) < 0.5 / 255
        assert 255 * green == pytest.approx(expected, abs=1)


@pytest.mark.parametrize("transfer", ["smpte2084", "arib-std-b67"])
def test_brighter_is_never_darker_and_nothing_clips_before_the_peak(transfer: str) -> None:
    codes = [n / 100 for n in range(76)]

    made = [green for _, green, _ in looked_up(source(color_transfer=transfer), [(n, n, n) for n in codes])]

    assert made == sorted(made)
    assert made[-1] < 1 if transfer == "arib-std-b67" else made[-1] == pytest.approx(1, abs=0.002)
    assert made[-3] < 254.9 / 255


@pytest.mark.parametrize("transfer", ["smpte2084", "arib-std-b67", None])
def test_what_lies_between_the_steps_of_the_table_is_as_the_formulas_have_it(transfer: str | None) -> None:
    stream = source(color_transfer=transfer, color_primaries="bt2020")
    light, to_sdr = light_of(transfer), conversion(transfer, "bt2020", peak_nits(stream))
    # Muted colours, as most of what is filmed, halfway between the table's steps.
    places = [(r, g, b) for r in range(21, 52, 6) for g in range(21, 52, 6) for b in range(21, 52, 6)]
    colours = [(r / 70, g / 70, b / 70) for r, g, b in places if max(r, g, b) - min(r, g, b) <= 12]

    made = looked_up(stream, colours)

    formulas = (to_sdr((light(r), light(g), light(b))) for r, g, b in colours)
    errors = [
        255 * abs(a - b) for own, exact in zip(made, formulas, strict=True) for a, b in zip(own, exact, strict=True)
    ]
    assert sum(errors) / len(errors) < 0.5
    assert max(errors) < 5
