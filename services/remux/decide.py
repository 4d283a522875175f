"""Which objects a download is joined of, and how much room its index needs. Pure."""

from math import ceil

from contracts.keys import download_key, init_key, segment_key
from contracts.v1 import DownloadFailed, DownloadMade, RemuxRung
from services.runtime.errors import HeadraceError

PART_BYTES = 16 << 20
_DEADLINE_S = 120.0

# An index entry has at most 24 bytes, and no rung more than 60 pictures or 94 sound frames in a second.
_INDEX_BYTES_PER_S = 24 * (60 + 94)
_INDEX_BYTES = 1 << 16
_MIB = 1 << 20


def key_of(task: RemuxRung) -> str:
    """Return the key of the file."""
    return download_key(task.asset_id, task.recipe, task.rung)


def video_keys(task: RemuxRung) -> list[str]:
    """Return the initialisation segment of the pictures and their segments, in order."""
    return _keys(task, task.video, task.video_segments)


def audio_keys(task: RemuxRung) -> list[str]:
    """Return the same of the sound; nothing where there is none."""
    return _keys(task, task.audio, task.audio_segments) if task.audio else []


def _keys(task: RemuxRung, rendition: str, segments: int) -> list[str]:
    own = (task.asset_id, task.recipe, rendition)
    return [init_key(*own), *(segment_key(*own, number) for number in range(segments))]


def index_bytes(task: RemuxRung) -> int:
    """Return how much room to keep at the beginning of the file for its index, which is known last."""
    return _INDEX_BYTES + ceil(_INDEX_BYTES_PER_S * task.duration_s)


def part_bytes(task: RemuxRung) -> int:
    """Return the length of the file's parts: the first holds all of the index."""
    return max(PART_BYTES, ceil((index_bytes(task) + _MIB) / _MIB) * _MIB)


def deadline_s(task: RemuxRung) -> float:
    """Return when joining has taken so long that something must be wrong."""
    return _DEADLINE_S + task.duration_s


def made(task: RemuxRung, size_bytes: int) -> DownloadMade:
    """Return the fact that the file lies in the store."""
    return DownloadMade(
        asset_id=task.asset_id,
        tenant=task.tenant,
        recipe=task.recipe,
        request=task.request,
        rung=task.rung,
        key=key_of(task),
        size_bytes=size_bytes,
    )


def failed(task: RemuxRung, error: HeadraceError) -> DownloadFailed:
    """Return the fact that there will be no file; the asset is played as before."""
    return DownloadFailed(
        asset_id=task.asset_id,
        tenant=task.tenant,
        recipe=task.recipe,
        request=task.request,
        rung=task.rung,
        code=error.code,
        message=error.message,
    )
