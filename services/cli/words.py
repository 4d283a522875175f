"""Facts and figures in a few words."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise

from contracts.v1 import (
    AnyFact,
    AssetAwaited,
    AssetFailed,
    AssetIngested,
    AssetPackaged,
    AssetPlanned,
    AssetPlayable,
    AssetProbed,
    AssetReady,
    CaptionsFact,
    CaptionsMade,
    CaptionsRefused,
    ChunkEncoded,
    ComplexityMeasured,
    CopyRefused,
    DownloadFailed,
    OutputRefused,
    PosterRefused,
    Probe,
    QualityMeasured,
    ThumbnailMade,
    VersionChosen,
    VersionRemoved,
    VersionRetired,
)

_STEP = 1000
_SPANS = (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1))
_FORESEEABLE = timedelta(days=3650)


def said(fact: AnyFact) -> str:
    """Return what a fact says."""
    match fact:
        case AssetAwaited() | AssetIngested():
            text = _named(fact)
        case AssetProbed():
            text = _probed(fact.probe)
        case AssetPlanned():
            text = _planned(fact)
        case ComplexityMeasured() | QualityMeasured():
            text = ", ".join(_measured(fact)) or f"not measured: {fact.reason}"
        case ChunkEncoded():
            text = f"{fact.part}, {in_bytes(_encoded_bytes(fact))}"
        case ThumbnailMade():
            text = f"poster {fact.poster_width}x{fact.poster_height}, {fact.tiles} tiles"
        case AssetPlayable() | AssetReady():
            text = fact.hls_key
        case AssetPackaged():
            text = f"{len(fact.renditions)} renditions, {in_time(fact.duration_s)}"
        case AssetFailed() | CopyRefused() | OutputRefused() | PosterRefused() | DownloadFailed():
            text = _reason(fact)
        case _:
            text = _beside(fact)
    return text


def _beside(fact: AnyFact) -> str:
    if isinstance(fact, CaptionsFact):
        return _captions(fact)
    # Of most others, their kind says it all.
    return fact.recipe if isinstance(fact, VersionChosen | VersionRetired | VersionRemoved) else ""


def _reason(fact: AssetFailed | CopyRefused | OutputRefused | PosterRefused | DownloadFailed) -> str:
    told = fact.flaws[0] if isinstance(fact, OutputRefused) else fact
    return f"{told.code}: {told.message}"


def _captions(fact: CaptionsFact) -> str:
    match fact:
        case CaptionsMade(cues=0) | CaptionsRefused():
            return f"{fact.track}: {fact.message}"
        case CaptionsMade():
            return f"{fact.track}, {fact.cues} cues in {fact.language}"
        case _:
            return fact.track


def _encoded_bytes(fact: ChunkEncoded) -> int:
    return sum(segment.size_bytes for made in fact.renditions for segment in made.segments)


def _named(fact: AssetAwaited | AssetIngested) -> str:
    size_bytes = fact.size_bytes if isinstance(fact, AssetAwaited) else fact.original.size_bytes
    return fact.name if size_bytes is None else f"{fact.name}, {in_bytes(size_bytes)}"


def _probed(probe: Probe) -> str:
    pictures = [f"{v.codec} {v.width}x{v.height} {in_fps(v.frame_rate.fraction)}" for v in probe.video[:1]]
    sounds = [f"{a.codec} {a.channels} ch" for a in probe.audio[:1]]
    return ", ".join([*pictures, *sounds, in_time(probe.duration_s)])


def in_likeness(xpsnr_db: float | None, *, copied: bool) -> str:
    """Return how like the source a rendition is, such as ``41.2 dB``; nothing where it was not compared."""
    if xpsnr_db is None:
        return "copied" if copied else ""
    return f"{xpsnr_db:.1f} dB"


def in_loudness(integrated_lufs: float | None) -> str:
    """Return how loud a rendition is, such as ``-23.0 LUFS``; nothing where there is nothing to hear."""
    return "" if integrated_lufs is None else f"{integrated_lufs:.1f} LUFS"


def in_bytes(size_bytes: float) -> str:
    """Return a size with its unit, such as ``1.2 MB``."""
    for unit in ("B", "kB", "MB", "GB"):
        if abs(size_bytes) < _STEP:
            return f"{size_bytes:.0f} {unit}" if unit == "B" else f"{size_bytes:.1f} {unit}"
        size_bytes /= _STEP
    return f"{size_bytes:.1f} TB"


def in_bitrate(bitrate_bps: int) -> str:
    """Return a bitrate, such as ``2.5 Mb/s``."""
    return f"{bitrate_bps / _STEP**2:.2f} Mb/s" if bitrate_bps >= _STEP**2 else f"{bitrate_bps / _STEP:.0f} kb/s"


def in_wait(duration_s: float) -> str:
    """Return how long something takes or has taken, such as ``9.8 s``, ``15 min 54 s`` or ``2 d 3 h``."""
    if duration_s < 60:  # noqa: PLR2004 (seconds in a minute)
        return f"{duration_s:.1f} s"
    (large, large_s), (small, small_s) = next(pair for pair in pairwise(_SPANS) if duration_s >= pair[0][1])
    whole, rest_s = divmod(duration_s, large_s)
    return f"{whole:.0f} {large} {rest_s // small_s:.0f} {small}"


def in_time(duration_s: float) -> str:
    """Return how long media lasts, such as ``1:02:03.5`` or ``9.8 s``."""
    if duration_s < 60:  # noqa: PLR2004 (seconds in a minute)
        return f"{duration_s:.1f} s"
    minutes, seconds = divmod(duration_s, 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours}:{minutes:02d}:{seconds:04.1f}" if hours else f"{minutes}:{seconds:04.1f}"


def until(time: datetime | None) -> str:
    """Return until when something lasts, such as ``14:05:00``; what has no end in sight lasts until it is resumed."""
    if time is None:
        return ""
    left = time - datetime.now(UTC)
    if left > _FORESEEABLE:
        return "resumed"
    return f"{time.astimezone():%H:%M:%S}" if left < timedelta(days=1) else f"{time.astimezone():%Y-%m-%d %H:%M}"


def in_fps(rate: Fraction) -> str:
    """Return a frame rate, such as ``23.976 fps``."""
    return f"{float(rate):.3f}".rstrip("0").rstrip(".") + " fps"


def _planned(fact: AssetPlanned) -> str:
    names = [rung.name if rung in fact.encoded_rungs else f"{rung.name} (copied)" for rung in fact.rungs]
    names += [rung.name for own in fact.sets for rung in own.rungs]
    until = ", until the source is measured" if fact.stage == "candidates" else ""
    return f"{', '.join(names)} in {fact.planned_parts} parts{until}"


def _measured(fact: ComplexityMeasured | QualityMeasured) -> list[str]:
    if isinstance(fact, ComplexityMeasured):
        return [f"{forecast.rung} wants {in_bitrate(forecast.wanted_bps)}" for forecast in fact.forecasts]
    return [f"{own.rendition} {in_likeness(own.xpsnr_db, copied=own.copied)}".rstrip() for own in fact.receipts]
