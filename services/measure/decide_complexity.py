"""Where to look into a source, and what follows for its rungs from what was seen. Pure."""

from collections.abc import Iterable, Sequence
from math import log

from contracts.v1 import ComplexityMeasured, Forecast, Grid, MeasureComplexity, Rung, Snippet
from services.runtime.errors import HeadraceError

COMPLEXITY_DEADLINE_S = 60.0

_FEWEST_SNIPPETS, _MOST_SNIPPETS, _SNIPPET_EVERY_S = 2, 6, 60
# Bits by pixels, as a power: 0.5 where larger pictures show nothing new, 1 where they are as full as small ones, more
# where their details are too fine for small ones.
_LEAST_POWER, _MOST_POWER = 0.5, 2.5


def complexity_subject(task: MeasureComplexity) -> str:
    """Return the subject of the fact that a task leads to."""
    return ComplexityMeasured(asset_id=task.asset_id, recipe=task.recipe).subject


def complexity_unmeasured(task: MeasureComplexity, error: HeadraceError) -> ComplexityMeasured:
    """Return the fact that a source cannot be measured."""
    return ComplexityMeasured(asset_id=task.asset_id, tenant=task.tenant, recipe=task.recipe, reason=error.code)


def snippet_starts(grid: Grid) -> list[int]:
    """Return the slots near which snippets begin, in the middle of equal parts of the timeline."""
    count = min(_MOST_SNIPPETS, max(_FEWEST_SNIPPETS, int(grid.duration_s / _SNIPPET_EVERY_S)))
    return [grid.frames * (2 * part + 1) // (2 * count) for part in range(count)]


def smallest(rungs: Iterable[Rung]) -> Rung:
    """Return the rung at whose size snippets are encoded."""
    return min(rungs, key=_pixels)


def largest(rungs: Iterable[Rung]) -> Rung:
    """Return the rung to which their growth is measured."""
    return max(rungs, key=_pixels)


def complexity_measured(task: MeasureComplexity, snippets: Sequence[Snippet]) -> ComplexityMeasured:
    """Return what a source takes at each rung, from what its snippets took at the smallest one's size."""
    size, most = smallest(task.rungs), largest(task.rungs)
    return ComplexityMeasured(
        asset_id=task.asset_id,
        tenant=task.tenant,
        recipe=task.recipe,
        width=size.width,
        height=size.height,
        snippets=list(snippets),
        forecasts=[
            _forecast(rung, [snippet.bitrate_bps * _factor(snippet, rung, size, most) for snippet in snippets])
            for rung in task.rungs
        ],
    )


def _factor(snippet: Snippet, rung: Rung, size: Rung, most: Rung) -> float:
    """Return how many times the bits of a snippet a rung takes."""
    if _pixels(most) == _pixels(size):
        return 1.0
    power = log(snippet.growth) / log(_pixels(most) / _pixels(size))
    return float((_pixels(rung) / _pixels(size)) ** min(max(power, _LEAST_POWER), _MOST_POWER))


def _forecast(rung: Rung, wanted_bps: Sequence[float]) -> Forecast:
    granted_bps = [min(wanted, rung.bitrate_bps) for wanted in wanted_bps]
    return Forecast(
        rung=rung.name,
        wanted_bps=round(sum(wanted_bps) / len(wanted_bps)),
        bitrate_bps=round(sum(granted_bps) / len(granted_bps)),
    )


def _pixels(rung: Rung) -> int:
    return rung.width * rung.height
