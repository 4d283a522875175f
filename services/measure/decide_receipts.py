"""What follows from a look at what was made: a receipt for each rendition. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from math import log10
from types import MappingProxyType

from contracts.v1 import (
    AssetPlanned,
    AudioTrack,
    ChunkEncoded,
    QualityMeasured,
    Receipt,
    Rendition,
    Rung,
)
from services.measure.decide import Finished, Loudness, Sample

# Pictures without any difference have no XPSNR; no encoder that drops a bit reaches this.
_MOST_XPSNR_DB = 100.0
_LEAST_ERROR = 10 ** (-_MOST_XPSNR_DB / 10)


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
    renditions = made.renditions
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


def _xpsnr_db(errors: Sequence[float]) -> float:
    return round(-10 * log10(max(sum(errors) / len(errors), _LEAST_ERROR)), 2)
