"""Which originals are accepted. Pure."""

from contracts.v1 import AssetIngested, AssetProbed, Probe, ProbeOriginal
from services.runtime.errors import Permanent

LONGEST_S = 24 * 3600
LONGEST_SIDE = 8192
MOST_PIXELS = 8192 * 4320
MOST_STREAMS = 64


def refuse_empty(task: ProbeOriginal) -> None:
    """Refuse an original without content.

    Raises: Permanent: ``empty_file``.
    """
    if not task.original.size_bytes:
        raise Permanent("empty_file", "The file is empty; upload it again.")


def accepted(probe: Probe) -> Probe:
    """Return a probe whose original can be processed.

    Raises: Permanent: ``no_video_stream``, ``picture_too_large``, ``no_duration``, ``too_long``, ``too_many_streams``.
    """
    if len(probe.video) + len(probe.audio) > MOST_STREAMS:
        raise Permanent("too_many_streams", f"The file has more than {MOST_STREAMS} streams; upload one with fewer.")
    if not probe.video:
        raise Permanent("no_video_stream", "The file has no video; upload one that has.")
    for video in probe.video:
        if max(video.width, video.height) > LONGEST_SIDE or video.width * video.height > MOST_PIXELS:
            raise Permanent(
                "picture_too_large",
                f"The picture is {video.width}x{video.height}; the most that can be processed is 8192x4320.",
            )
    if probe.video[0].duration_s <= 0:
        raise Permanent("no_duration", "The video has no length; export it again and upload the copy.")
    if probe.duration_s > LONGEST_S:
        raise Permanent("too_long", f"The video is longer than {LONGEST_S // 3600} hours; upload it in parts.")
    return probe


def probe_task(event: AssetIngested) -> ProbeOriginal:
    """Return the task of looking at an asset's original."""
    return ProbeOriginal(
        asset_id=event.asset_id,
        tenant=event.tenant,
        priority=event.priority,
        original=event.original,
        profile=event.profile,
        playback_policy=event.playback_policy,
        attempt=event.attempt,
        language=event.language,
    )


def probed(task: ProbeOriginal, probe: Probe) -> AssetProbed:
    """Return the fact that an original was measured and accepted; raises as ``accepted``."""
    return AssetProbed(
        asset_id=task.asset_id,
        tenant=task.tenant,
        original=task.original,
        probe=accepted(probe),
        profile=task.profile,
        attempt=task.attempt,
        playback_policy=task.playback_policy,
        priority=task.priority,
        language=task.language,
    )
