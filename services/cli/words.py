"""Facts and figures in a few words."""

from fractions import Fraction

from contracts.v1 import (
    AnyFact,
    AssetFailed,
    AssetIngested,
    AssetPackaged,
    AssetPlanned,
    AssetPlayable,
    AssetProbed,
    AssetReady,
    ChunkEncoded,
    CopyRefused,
    ThumbnailMade,
)

_STEP = 1000


def said(fact: AnyFact) -> str:
    """Return what a fact says."""
    match fact:
        case AssetIngested():
            text = f"{fact.name}, {in_bytes(fact.original.size_bytes)}"
        case AssetProbed():
            pictures = [f"{v.codec} {v.width}x{v.height} {in_fps(v.frame_rate.fraction)}" for v in fact.probe.video[:1]]
            sounds = [f"{a.codec} {a.channels} ch" for a in fact.probe.audio[:1]]
            text = ", ".join([*pictures, *sounds, in_time(fact.probe.duration_s)])
        case AssetPlanned():
            names = [rung.name if rung in fact.encoded_rungs else f"{rung.name} (copied)" for rung in fact.rungs]
            names += [rung.name for own in fact.sets for rung in own.rungs]
            text = f"{', '.join(names)} in {fact.planned_parts} parts"
        case ChunkEncoded():
            size_bytes = sum(segment.size_bytes for made in fact.renditions for segment in made.segments)
            text = f"{fact.part}, {in_bytes(size_bytes)}"
        case ThumbnailMade():
            text = f"poster {fact.poster_width}x{fact.poster_height}, {fact.tiles} tiles"
        case AssetPlayable():
            text = fact.hls_key
        case AssetPackaged():
            text = f"{len(fact.renditions)} renditions, {in_time(fact.duration_s)}"
        case AssetReady():
            text = fact.hls_key
        case AssetFailed() | CopyRefused():
            text = f"{fact.code}: {fact.message}"
    return text


def in_bytes(size_bytes: float) -> str:
    """Return a size with its unit, such as ``1.2 MB``."""
    for unit in ("B", "kB", "MB", "GB"):
        if size_bytes < _STEP:
            return f"{size_bytes:.0f} {unit}" if unit == "B" else f"{size_bytes:.1f} {unit}"
        size_bytes /= _STEP
    return f"{size_bytes:.1f} TB"


def in_bitrate(bitrate_bps: int) -> str:
    """Return a bitrate, such as ``2.5 Mb/s``."""
    return f"{bitrate_bps / _STEP**2:.2f} Mb/s" if bitrate_bps >= _STEP**2 else f"{bitrate_bps / _STEP:.0f} kb/s"


def in_time(duration_s: float) -> str:
    """Return a duration, such as ``1:02:03.5`` or ``9.8 s``."""
    if duration_s < 60:  # noqa: PLR2004 (seconds in a minute)
        return f"{duration_s:.1f} s"
    minutes, seconds = divmod(duration_s, 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours}:{minutes:02d}:{seconds:04.1f}" if hours else f"{minutes}:{seconds:04.1f}"


def in_fps(rate: Fraction) -> str:
    """Return a frame rate, such as ``23.976 fps``."""
    return f"{float(rate):.3f}".rstrip("0").rstrip(".") + " fps"
