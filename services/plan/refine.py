"""The best rung of a source, once it is known what the source takes: its bits stay, their picture's size may not. Pure.

What a ladder grants its best rung fits films of usual complexity. Of a source that wants many times as much, a smaller
picture looks better at the same bitrate; of a simple one that is larger than the ladder goes, a larger picture.
"""

from fractions import Fraction

from msgspec.structs import replace

from contracts.v1 import AssetPlanned, ComplexityMeasured, Forecast, Rung, VideoStream
from services.plan.ladder import WORTH_A_RUNG, display_size

CODEC = "h264"
"""What is measured is encoded by x264; rungs of other codecs stay as they are."""

# So many times the bits that it is granted a source must want, before they are better spent on a smaller picture. Where
# the larger one shows finer details, they are worth more of the noise that starving makes.
#
# Measured by XPSNR at 1080p, 1080p against 720p at the same bitrate: without fine details 720p is 0.8 dB better at a
# half of what the source wants and 3.0 dB at a quarter; with them it is 2.5 dB worse at a quarter, 1.4 dB at a sixth;
# of grain, equal in SSIM at a seventeenth.
STARVED = 4
STARVED_OF_DETAIL = 16
# More than this between the sizes of two rungs is no step of a ladder.
LARGEST_STEP = 2


def is_worth_measuring(plan: AssetPlanned, from_s: float) -> bool:
    """Tell whether something that follows from a plan may depend on how complex its source is."""
    return plan.grid.duration_s >= from_s and bool(_rungs(plan))


def measured_rungs(plan: AssetPlanned, video: VideoStream) -> list[Rung]:
    """Return the rungs of which it must be known what they take: those that are planned, and what may replace them."""
    return [*_rungs(plan), *filter(None, (smaller_best(plan), larger_best(plan, video)))]


def smaller_best(plan: AssetPlanned) -> Rung | None:
    """Return the rung that has the bits of the best one and the size of the next; None where there is none below."""
    best, *below = _rungs(plan)
    if plan.copied is not None or not below:
        return None
    name = f"{below[0].name}-{best.bitrate_bps // 1000}k"
    return replace(best, name=name, width=below[0].width, height=below[0].height)


def larger_best(plan: AssetPlanned, video: VideoStream) -> Rung | None:
    """Return the rung that has the bits of the best one and the source's size; None where that is no larger."""
    best = _rungs(plan)[0]
    width, height = display_size(video)
    ratio = Fraction(min(width, height), min(best.width, best.height))
    if plan.copied is not None or not WORTH_A_RUNG <= ratio <= LARGEST_STEP:
        return None
    name = f"{int(min(width, height))}p"
    return replace(best, name=name, width=int(width) // 2 * 2, height=int(height) // 2 * 2)


def refined(plan: AssetPlanned, video: VideoStream, measured: ComplexityMeasured) -> AssetPlanned:
    """Return the plan that follows from what was measured; the same one, where nothing was."""
    forecasts = {forecast.rung: forecast for forecast in measured.forecasts}
    rungs = [_predicted(rung, forecasts) for rung in _chosen(plan, video, forecasts)]
    return replace(plan, stage="refined", rungs=rungs)


def overdue(plan: AssetPlanned) -> ComplexityMeasured:
    """Return the fact that a measurement is not waited for any longer."""
    return ComplexityMeasured(asset_id=plan.asset_id, tenant=plan.tenant, recipe=plan.recipe, reason="overdue")


def _chosen(plan: AssetPlanned, video: VideoStream, forecasts: dict[str, Forecast]) -> list[Rung]:
    best, smaller, larger = _rungs(plan)[0], smaller_best(plan), larger_best(plan, video)
    if larger is not None and _wanted(larger, forecasts, default=STARVED) <= 1:
        return [larger, *plan.rungs]
    if smaller is not None and _wanted(best, forecasts, default=0) >= _starved(best, smaller, forecasts):
        return [smaller if rung == best else rung for rung in plan.rungs]
    return plan.rungs


def _starved(best: Rung, smaller: Rung, forecasts: dict[str, Forecast]) -> int:
    """Return from how many times its bits on a rung is starved."""
    above, below = (_wanted(rung, forecasts, default=0) / (rung.width * rung.height) for rung in (best, smaller))
    return STARVED_OF_DETAIL if above > below else STARVED


def _wanted(rung: Rung, forecasts: dict[str, Forecast], *, default: int) -> Fraction:
    """Return how much a rung wants of what it is granted."""
    forecast = forecasts.get(rung.name)
    return Fraction(default) if forecast is None else Fraction(forecast.wanted_bps, rung.bitrate_bps)


def _predicted(rung: Rung, forecasts: dict[str, Forecast]) -> Rung:
    forecast = forecasts.get(rung.name)
    return rung if forecast is None else replace(rung, predicted_bitrate_bps=forecast.bitrate_bps)


def _rungs(plan: AssetPlanned) -> list[Rung]:
    return [rung for rung in plan.encoded_rungs if rung.codec == CODEC]
