"""Where to look into what was made of an asset. Pure."""

from collections.abc import Iterable

import msgspec

from contracts.keys import init_key, segment_key
from contracts.v1 import (
    AssetPackaged,
    AssetPlanned,
    AssetProbed,
    AssetReady,
    AudioTrack,
    Fact,
    Grid,
    QualityMeasured,
    Rendition,
    Rung,
    VideoStream,
)
from services.runtime.errors import HeadraceError, Permanent

# It may have to wait long for time that nobody else wants.
QUALITY_DEADLINE_S = 1800.0

_MOST_SAMPLES, _SAMPLE_EVERY_S = 3, 60


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

    @property
    def renditions(self) -> dict[str, Rendition]:
        """Return the renditions that were packaged, by name."""
        return {rendition.rendition: rendition for rendition in self.packaged.renditions}


def quality_subject(event: AssetReady) -> str:
    """Return the subject of the fact that a finished asset leads to."""
    return QualityMeasured(asset_id=event.asset_id, recipe=event.recipe).subject


def quality_unmeasured(event: AssetReady, error: HeadraceError) -> QualityMeasured:
    """Return the fact that an asset's renditions cannot be measured."""
    return QualityMeasured(asset_id=event.asset_id, tenant=event.tenant, recipe=event.recipe, reason=error.code)


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
    rendition = made.renditions[f"audio/{track.name}"]
    place = made.plan.asset_id, made.plan.recipe, rendition.rendition
    return [init_key(*place), *(segment_key(*place, number) for number in range(rendition.segments))]


def tracks_of(made: Finished) -> list[AudioTrack]:
    """Return the tracks of sound that were packaged."""
    return [track for track in made.plan.audio if f"audio/{track.name}" in made.renditions]


def _is_comparable(rung: Rung) -> bool:
    """Tell whether a rung shows every picture, as the source is brought to standard dynamic range."""
    return rung.frame_step == 1 and rung.dynamic_range == "sdr"


def _pixels(rung: Rung) -> int:
    return rung.width * rung.height
