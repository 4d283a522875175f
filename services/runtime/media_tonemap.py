"""High dynamic range and wide gamuts to BT.709, as a table of what each colour becomes. Pure.

FFmpeg's own conversion takes seconds for its table, and takes a PQ source that states no brightness for one that uses
all 10,000 nits, which leaves it dim. What states nothing is customarily taken for 1000 nits.

Source: ITU-R BT.2100-3 (PQ, HLG and its OOTF), BT.2390-11 §5.4 (tone mapping), BT.2408-7 §2.2 (diffuse white at 203
nits, HLG at 1000), BT.1886 (displays of BT.709).
"""

from collections.abc import Callable, Iterator
from functools import cache, partial
from itertools import product
from math import exp

from contracts.v1 import VideoStream
from services.runtime.media_gamut import PRIMARIES, Rgb, to_bt709

WHITE_NITS = 203.0
USUAL_PEAK_NITS = 1000.0
_PQ_NITS = 10_000.0
_DISPLAY_GAMMA = 2.4
_HLG_GAMMA = 1.2


def needs_table(source: VideoStream) -> bool:
    """Tell whether a source's colours are other ones than those of standard dynamic range and gamut."""
    return source.color_transfer in _LINEAR or source.color_primaries in PRIMARIES.keys() - {"bt709"}


def peak_nits(source: VideoStream) -> float:
    """Return the brightest that a source shows, by what it says of itself; at least diffuse white."""
    if source.color_transfer not in _LINEAR:
        return WHITE_NITS
    display, light = source.mastering_display, source.content_light
    said = [display.max_luminance / 10_000] if display else []
    said += [float(light.max_pixel_nits)] if light and light.max_pixel_nits else []
    is_pq = source.color_transfer == "smpte2084"
    return min(max(min(said), WHITE_NITS), _PQ_NITS) if is_pq and said else USUAL_PEAK_NITS


def colour_table(transfer: str | None, primaries: str | None, peak: float, steps: int) -> Iterator[Rgb]:
    """Yield what each colour becomes, as values of BT.709 from 0 to 1; red changes fastest, blue slowest.

    ``peak`` is in nits; ``steps`` are those of each of red, green and blue.
    """
    light, to_sdr = light_of(transfer), conversion(transfer, primaries, peak)
    axis = [light(step / (steps - 1)) for step in range(steps)]
    for blue, green, red in product(axis, axis, axis):
        yield to_sdr((red, green, blue))


def light_of(transfer: str | None) -> Callable[[float], float]:
    """Return what gives the light of a value from 0 to 1: in nits, or that of the scene in HLG."""
    return _LINEAR.get(transfer or "", _display_light)


def conversion(transfer: str | None, primaries: str | None, peak: float) -> Callable[[Rgb], Rgb]:
    """Return what gives the values of BT.709, from 0 to 1, of a colour's light; ``peak`` is in nits."""
    rows, tone = to_bt709(primaries or "bt2020"), _tone_curve(peak)
    gain_of = _hlg_gain(tone) if transfer == "arib-std-b67" else partial(_brightest_gain, tone)

    def to_sdr(colour: Rgb) -> Rgb:
        return _encoded(rows, colour, gain_of(colour))

    return to_sdr


def _encoded(rows: list[Rgb], rgb: Rgb, gain: float) -> Rgb:
    """Return a colour in nits, made brighter by ``gain`` and fit into BT.709, as its code values."""
    scale = gain / WHITE_NITS
    linear = [scale * sum(a * b for a, b in zip(row, rgb, strict=True)) for row in rows]
    lowest = min(linear)
    if lowest < 0:
        # Towards the grey that is as bright, as far as needed.
        luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
        share = luminance / (luminance - lowest)
        linear = [max(luminance + share * (own - luminance), 0.0) for own in linear]
    over = max(1.0, *linear)
    red, green, blue = ((own / over) ** (1 / _DISPLAY_GAMMA) for own in linear)
    return red, green, blue


def _tone_curve(peak: float) -> Callable[[float], float]:
    """Return by how much to multiply a colour whose largest part has this many nits. Source: BT.2390-11 §5.4."""
    source_peak = _pq(peak)
    target = _pq(WHITE_NITS) / source_peak
    knee = 1.5 * target - 0.5

    @cache
    def gain(nits: float) -> float:
        level = min(_pq(nits) / source_peak, 1.0)
        if level <= knee or nits == 0:
            return 1.0
        t = (level - knee) / (1 - knee)
        spline = (2 * t**3 - 3 * t**2 + 1) * knee + (t**3 - 2 * t**2 + t) * (1 - knee) + (-2 * t**3 + 3 * t**2) * target
        return _pq_nits(spline * source_peak) / nits

    return gain


def _brightest_gain(tone: Callable[[float], float], colour: Rgb) -> float:
    return tone(max(colour))


def _hlg_gain(tone: Callable[[float], float]) -> Callable[[Rgb], float]:
    """Return by how much to multiply light of the scene. Source: BT.2100-3, table 5 (OOTF)."""

    def gain(scene: Rgb) -> float:
        luminance = 0.2627 * scene[0] + 0.6780 * scene[1] + 0.0593 * scene[2]
        shown = float(USUAL_PEAK_NITS * luminance ** (_HLG_GAMMA - 1))
        return shown * tone(shown * max(scene))

    return gain


def _pq(nits: float) -> float:
    power = (nits / _PQ_NITS) ** (2610 / 16384)
    return float(((3424 / 4096 + 2413 / 128 * power) / (1 + 2392 / 128 * power)) ** (2523 / 32))


def _pq_nits(value: float) -> float:
    power = value ** (32 / 2523)
    return float(_PQ_NITS * (max(power - 3424 / 4096, 0.0) / (2413 / 128 - 2392 / 128 * power)) ** (16384 / 2610))


def _hlg_scene(value: float) -> float:
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return value**2 / 3 if value <= 1 / 2 else (exp((value - c) / a) + b) / 12


def _display_light(value: float) -> float:
    return float(WHITE_NITS * value**_DISPLAY_GAMMA)


_LINEAR: dict[str, Callable[[float], float]] = {"smpte2084": _pq_nits, "arib-std-b67": _hlg_scene}
