"""What was measured of a source before it is encoded, and of what was made of it."""

from contracts.base import Value


class Snippet(Value, frozen=True, kw_only=True):
    """A piece of a source, encoded small and with constant quality to see what it takes.

    ``start_s`` is on the asset's timeline; bits per pixel are of the small picture. ``growth`` is how many times as
    much the same takes at the largest size.
    """

    start_s: float
    duration_s: float
    bitrate_bps: int
    bits_per_pixel: float
    growth: float


class Forecast(Value, frozen=True, kw_only=True):
    """What a rung will take, on average: ``wanted_bps`` if nothing held it back, ``bitrate_bps`` below its cap."""

    rung: str
    wanted_bps: int
    bitrate_bps: int


class Receipt(Value, frozen=True, kw_only=True):
    """What a rendition gives for its bits.

    ``bitrate_bps`` is the average of what was really made. ``xpsnr_db`` is its likeness to the source at its own size,
    over the segments in ``sampled``. ``saved_bytes`` is by how much it is smaller than at the full bitrate that the
    ladder grants it. Of a copied rendition every picture is the source's own, so its likeness is not stated.

    Of sound: loudness over the whole track in LUFS, None where it is silent, the range of it in LU, and the true peak
    in dBTP; ``gain_db`` is by how much it was made louder, None where nobody asked for that.
    Source: EBU R 128, EBU Tech 3341 and 3342, ITU-R BS.1770.
    """

    rendition: str
    bitrate_bps: int
    predicted_bitrate_bps: int | None = None
    saved_bytes: int | None = None
    xpsnr_db: float | None = None
    sampled: list[int] = []
    copied: bool = False
    integrated_lufs: float | None = None
    loudness_range_lu: float | None = None
    true_peak_dbtp: float | None = None
    gain_db: float | None = None
