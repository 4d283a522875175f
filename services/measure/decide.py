"""Where to look, and what follows from what was seen: forecasts for rungs, receipts for renditions. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from math import log, log10
from types import MappingProxyType

import msgspec

from contracts.keys import init_key, segment_key
from contracts.v1 import (
    AssetPackaged,
    AssetPlanned,
    AssetProbed,
    AssetReady,
    AudioTrack,
    ChunkEncoded,
    ComplexityMeasured,
    Fact,
    Forecast,
    Grid,
    MeasureComplexity,
    QualityMeasured,
    Receipt,
    Rendition,
    Rung,
    Snippet,
    VideoStream,
)
from services.runtime.errors import HeadraceError, Permanent

COMPLEXITY_DEADLINE_S = 60.0
# It may have to wait long for time that nobody else wants.
QUALITY_DEADLINE_S = 1800.0

_FEWEST_SNIPPETS, _MOST_SNIPPETS, _SNIPPET_EVERY_S = 2, 6, 60
_MOST_SAMPLES, _SAMPLE_EVERY_S = 3, 60
# Bits by pixels, as a power: 0.5 where larger pictures show nothing new, 1 where they are as full as small ones, more
# where their details are too fine for small ones.
_LEAST_POWER, _MOST_POWER = 0.5, 2.5
# Pictures without any difference have no XPSNR; no encoder that drops a bit reaches this.
_MOST_XPSNR_DB = 100.0
_LEAST_ERROR = 10 ** (-_MOST_XPSNR_DB / 10)


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """A segment of which the first group of pictures is compared with the source; its rungs are largest first."""

    segment: int
    grid: Grid
    source: VideoStream
    rungs: list[Rung]

    @property
    def first_frame(self) -> int:
        """Return the segment's first slot."""
        return self.grid.segment_starts[self.segment]

    @property
    def end_frame(self) -> int:
        """Return the slot after the group's last."""
        next_frame = next(iter(self.grid.segment_starts[self.segment + 1 :]), self.grid.frames)
        return min(self.first_frame + self.grid.gop_frames, next_frame)


class Loudness(msgspec.Struct, frozen=True):
    """Loudness in LUFS, None in silence; its range in LU; the true peak in dBTP, None in digital silence."""

    integrated_lufs: float | None
    range_lu: float
    true_peak_dbtp: float | None


class Finished(msgspec.Struct, frozen=True):
    """What the log says of a finished asset."""

    probed: AssetProbed
    plan: AssetPlanned
    packaged: AssetPackaged


def complexity_subject(task: MeasureComplexity) -> str:
    """Return the subject of the fact that a task leads to."""
    return ComplexityMeasured(asset_id=task.asset_id, recipe=task.recipe).subject


def quality_subject(event: AssetReady) -> str:
    """Return the subject of the fact that a finished asset leads to."""
    return QualityMeasured(asset_id=event.asset_id, recipe=event.recipe).subject


def complexity_unmeasured(task: MeasureComplexity, error: HeadraceError) -> ComplexityMeasured:
    """Return the fact that a source cannot be measured."""
    return ComplexityMeasured(asset_id=task.asset_id, tenant=task.tenant, recipe=task.recipe, reason=error.code)


def quality_unmeasured(event: AssetReady, error: HeadraceError) -> QualityMeasured:
    """Return the fact that an asset's renditions cannot be measured."""
    return QualityMeasured(asset_id=event.asset_id, tenant=event.tenant, recipe=event.recipe, reason=error.code)


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


def finished(event: AssetReady, facts: Iterable[Fact]) -> Finished:
    """Return what is known of an asset under the recipe that is ready.

    Raises: Permanent: ``history_missing``.
    """
    own = {type(fact): fact for fact in facts if getattr(fact, "recipe", event.recipe) == event.recipe}
    match own.get(AssetProbed), own.get(AssetPlanned), own.get(AssetPackaged):
        case AssetProbed() as probed, AssetPlanned() as plan, AssetPackaged() as packaged:
            return Finished(probed, plan, packaged)
    raise Permanent("history_missing", "The log no longer says how the asset was made; upload it again to measure it.")


def samples_of(made: Finished) -> list[Sample]:
    """Return the segments to compare, in the middle of equal parts of the timeline; copied rungs need no comparison."""
    plan = made.plan
    copied = plan.copied.name if plan.copied else None
    comparable = [rung for rung in plan.all_rungs if rung.name != copied and _is_comparable(rung)]
    rungs = sorted(comparable, key=_pixels, reverse=True)
    segments = len(plan.grid.segment_starts)
    count = min(_MOST_SAMPLES, 1 + int(plan.grid.duration_s / _SAMPLE_EVERY_S)) if rungs else 0
    source = msgspec.structs.replace(made.probed.probe.video[0], pictures=None)
    return [
        Sample(segment=segments * (2 * part + 1) // (2 * count), grid=plan.grid, source=source, rungs=rungs)
        for part in range(count)
    ]


def parts_of(made: Finished, track: AudioTrack) -> list[str]:
    """Return where a finished track lies: its initialisation segment, then its segments."""
    rendition = _renditions(made)[f"audio/{track.name}"]
    place = made.plan.asset_id, made.plan.recipe, rendition.rendition
    return [init_key(*place), *(segment_key(*place, number) for number in range(rendition.segments))]


def tracks_of(made: Finished) -> list[AudioTrack]:
    """Return the tracks of sound that were packaged."""
    return [track for track in made.plan.audio if f"audio/{track.name}" in _renditions(made)]


def _renditions(made: Finished) -> dict[str, Rendition]:
    return {rendition.rendition: rendition for rendition in made.packaged.renditions}


def quality_measured(
    made: Finished,
    samples: Sequence[Sample],
    errors: Sequence[Sequence[float | None]],
    sounds: Sequence[tuple[AudioTrack, Loudness | None]] = (),
    gains_db: Mapping[str, float] = MappingProxyType({}),
) -> QualityMeasured:
    """Return a receipt for each rung, given the errors of each sample's rungs, and for each track of sound.

    ``gains_db`` are by rendition, where sound was made louder.
    """
    by_rung: dict[str, list[float]] = {}
    for sample, own in zip(samples, errors, strict=True):
        for rung, error in zip(sample.rungs, own, strict=True):
            if error is not None:
                by_rung.setdefault(rung.name, []).append(error)
    renditions = _renditions(made)
    return QualityMeasured(
        asset_id=made.plan.asset_id,
        tenant=made.plan.tenant,
        recipe=made.plan.recipe,
        receipts=[
            *(
                _receipt(made.plan, rung, renditions[f"video/{rung.name}"], by_rung.get(rung.name, []), samples)
                for rung in made.plan.all_rungs
            ),
            *(
                _sound_receipt(track, renditions[name := f"audio/{track.name}"], loudness, gains_db.get(name))
                for track, loudness in sounds
            ),
        ],
    )


def is_levelled(made: Finished) -> bool:
    """Tell whether any sound was to be brought to a loudness."""
    return any(track.target_lufs is not None for track in made.plan.audio)


def gains_in(facts: Iterable[ChunkEncoded], recipe: str) -> dict[str, float]:
    """Return by how much each rendition of sound was made louder, as those who encoded it say."""
    made = [own for fact in facts if fact.recipe == recipe for own in fact.renditions]
    return {own.rendition: own.gain_db for own in made if own.gain_db is not None}


def _sound_receipt(
    track: AudioTrack, rendition: Rendition, loudness: Loudness | None, gain_db: float | None
) -> Receipt:
    return Receipt(
        rendition=rendition.rendition,
        bitrate_bps=rendition.average_bandwidth_bps,
        copied=track.copied,
        integrated_lufs=loudness.integrated_lufs if loudness else None,
        loudness_range_lu=loudness.range_lu if loudness else None,
        true_peak_dbtp=loudness.true_peak_dbtp if loudness else None,
        gain_db=gain_db,
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


def _receipt(
    plan: AssetPlanned, rung: Rung, rendition: Rendition, errors: Sequence[float], samples: Sequence[Sample]
) -> Receipt:
    copied = plan.copied if plan.copied and plan.copied.name == rung.name else None
    granted_bps = copied.ladder_bitrate_bps if copied else rung.bitrate_bps
    return Receipt(
        rendition=rendition.rendition,
        bitrate_bps=rendition.average_bandwidth_bps,
        predicted_bitrate_bps=rung.bitrate_bps if copied else rung.predicted_bitrate_bps,
        saved_bytes=None if granted_bps is None else int(granted_bps * rendition.duration_s / 8) - rendition.size_bytes,
        xpsnr_db=_xpsnr_db(errors) if errors else None,
        sampled=[sample.segment for sample in samples] if errors else [],
        copied=copied is not None,
    )


def _is_comparable(rung: Rung) -> bool:
    """Tell whether a rung shows every picture, as the source is brought to standard dynamic range."""
    return rung.frame_step == 1 and rung.dynamic_range == "sdr"


def _xpsnr_db(errors: Sequence[float]) -> float:
    return round(-10 * log10(max(sum(errors) / len(errors), _LEAST_ERROR)), 2)


def _pixels(rung: Rung) -> int:
    return rung.width * rung.height
