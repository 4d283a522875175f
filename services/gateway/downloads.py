"""Files to save: an asset's original, or one of its rungs as an MP4 file. Pure."""

from pathlib import PurePosixPath

from contracts.v1 import RemuxRung
from services.gateway.edits import refuse_deleted
from services.gateway.refusals import Refused
from services.gateway.view import AssetView, Download


def file_name(view: AssetView, rung: str) -> str:
    """Return the name under which a rung is saved."""
    return f"{PurePosixPath(view.name).stem or view.asset_id}-{rung}.mp4"


def made_download(view: AssetView, rung: str) -> Download | None:
    """Return a rung's file, if it was made."""
    return next((made for made in view.downloads if (made.recipe, made.rung) == (view.recipe, rung)), None)


def remux_task(view: AssetView, rung: str, request: str) -> RemuxRung:
    """Return the task that makes a rung's file.

    Raises: Refused: ``asset_deleted``, ``asset_not_complete``, ``rung_missing``.
    """
    refuse_deleted(view)
    if view.original is None or view.recipe is None or not view.renditions:
        raise Refused(409, "asset_not_complete", "The asset's renditions are not complete yet; try again later.")
    segments = {made.rendition: made.segments for made in view.renditions}
    video = f"video/{rung}"
    if video not in segments:
        rungs = ", ".join(name.removeprefix("video/") for name in segments if name.startswith("video/"))
        raise Refused(404, "rung_missing", f"The asset has no such rung; it has {rungs}.")
    audio = next((name for name in segments if name.startswith("audio/")), None)
    return RemuxRung(
        asset_id=view.asset_id,
        tenant=view.tenant,
        recipe=view.recipe,
        original=view.original,
        request=request,
        rung=rung,
        video=video,
        video_segments=segments[video],
        audio=audio,
        audio_segments=segments[audio] if audio else 0,
        duration_s=view.duration_s or 0.0,
    )
