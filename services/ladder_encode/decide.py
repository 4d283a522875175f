"""Which objects and which facts follow from the segments that a task makes. Pure."""

import hashlib
from itertools import accumulate
from typing import NamedTuple

from contracts.keys import init_key, segment_key
from contracts.v1 import (
    Chunk,
    ChunkEncoded,
    CopyLane,
    CopyRefused,
    CopyVideo,
    EncodeAudio,
    EncodedRendition,
    EncodeVideo,
    Grid,
    Lane,
    Segment,
)
from services.ladder_encode.segment import EncodedSegment, Header, Refusal

_DEADLINE_S = 60.0
# With the preset slow, 2160p at 60 frames a second takes a core to itself 24 times as long as it plays.
# x265's needs a core for 150 times as long, and shares it.
_SLOWEST_VIDEO = {"h264": 160.0, "hevc": 640.0, "av1": 320.0}
_SLOWEST_AUDIO = 1.0
# The most that was seen, with the preset slow: 0.7 GB for all rungs of 1080p in H.264, 3.5 GB for those of 2160p, HDR.
_BYTES_PER_PIXEL = {"h264": 130, "hevc": 200, "av1": 200}
_BYTES_PER_PIXEL_READ = 60
_BYTES_OF_CODE = 100 << 20
_NICENESS: dict[Lane | CopyLane, int] = {"copy": 0, "head": 0, "audio": 0, "bulk": 19}
_SLOWEST_COPY = 1.0


LATER_NICENESS = 12
"""How far a task steps back whose first segment is made: nobody waits for the next ones."""


class Upload(NamedTuple):
    """One object to write."""

    key: str
    body: bytes
    content_type: str


def video_deadline_s(task: EncodeVideo) -> float:
    """Return when a chunk has taken so long that something must be wrong."""
    frames = task.chunk.end_frame - task.chunk.first_frame
    slowest = max(_SLOWEST_VIDEO[rung.codec] for rung in task.rungs)
    return _DEADLINE_S + slowest * float(frames / task.grid.frame_rate.fraction)


def video_memory_bytes(task: EncodeVideo) -> int:
    """Return what memory a chunk is going to take, 0 for the first of an asset, which waits for nothing."""
    if task.lane != "bulk":
        return 0
    read = task.source.width * task.source.height * _BYTES_PER_PIXEL_READ
    return _BYTES_OF_CODE + read + sum(rung.width * rung.height * _BYTES_PER_PIXEL[rung.codec] for rung in task.rungs)


def audio_deadline_s(task: EncodeAudio) -> float:
    """Return when a track has taken so long that something must be wrong."""
    times_heard = 1 if task.track.target_lufs is None else 2
    return _DEADLINE_S + times_heard * _SLOWEST_AUDIO * task.grid.duration_s


def niceness(task: EncodeVideo | EncodeAudio | CopyVideo) -> int:
    """Return how far a task steps back: a player waits for the first picture and the first sound.

    Where a whole track is measured before, that is long work, of which other assets have no part.
    """
    is_measured = isinstance(task, EncodeAudio) and task.track.target_lufs is not None
    return LATER_NICENESS if is_measured else _NICENESS[task.lane]


def copy_deadline_s(task: CopyVideo) -> float:
    """Return when repackaging has taken so long that something must be wrong."""
    return _DEADLINE_S + _SLOWEST_COPY * task.grid.duration_s


def uploads_of(task: EncodeVideo | EncodeAudio | CopyVideo, segment: EncodedSegment) -> list[Upload]:
    """Return the objects of a segment: its rendition's initialisation segment, if it is the first, and itself."""
    content_type = f"{segment.rendition.partition('/')[0]}/mp4"
    place = (task.asset_id, task.recipe, segment.rendition)
    own = Upload(segment_key(*place, segment.number), segment.data, content_type)
    if segment.header is None:
        return [own]
    return [Upload(init_key(*place), segment.header.init, content_type), own]


def segments_of(chunk: Chunk, grid: Grid) -> range:
    """Return the numbers of the segments that a chunk consists of."""
    return range(grid.segment_at(chunk.first_frame), grid.segment_at(chunk.end_frame - 1) + 1)


class Made:
    """The segments that a task has made so far, without their bytes."""

    def __init__(self) -> None:
        """Begin with none."""
        self._headers: dict[str, Header] = {}
        self._segments: dict[str, dict[int, Segment]] = {}

    def add(self, segment: EncodedSegment) -> None:
        """Take a segment into account."""
        if segment.header is not None:
            self._headers[segment.rendition] = segment.header
        self._segments.setdefault(segment.rendition, {})[segment.number] = Segment(
            number=segment.number,
            duration_ticks=segment.duration_ticks,
            size_bytes=len(segment.data),
            sha256=hashlib.sha256(segment.data).hexdigest(),
            iframes=segment.iframes,
            samples=segment.samples,
            md5=hashlib.md5(segment.data, usedforsecurity=False).hexdigest(),
        )

    def renditions(self, numbers: range) -> list[EncodedRendition]:
        """Return the renditions with those of their segments that have these numbers."""
        return [
            EncodedRendition(
                rendition=rendition,
                codecs=header.codecs,
                timescale=header.timescale,
                init_sha256=hashlib.sha256(header.init).hexdigest(),
                segments=[self._segments[rendition][number] for number in numbers],
                gain_db=header.gain_db,
                code=header.code,
            )
            for rendition, header in sorted(self._headers.items())
        ]


def video_encoded(task: EncodeVideo, made: Made) -> ChunkEncoded:
    """Return the fact that a task's share of a chunk is encoded."""
    return _encoded(task, task.part, task.chunk, made.renditions(segments_of(task.chunk, task.grid)))


def video_subject(task: EncodeVideo) -> str:
    """Return the subject of the fact that a task leads to."""
    return video_encoded(task, Made()).subject


def shares(task: EncodeAudio | CopyVideo) -> list[Chunk]:
    """Return the chunks that a task states one by one."""
    return task.chunks if isinstance(task, EncodeAudio) else task.copied.chunks


def share_subjects(task: EncodeAudio | CopyVideo) -> set[str]:
    """Return the subjects of the facts that a task leads to."""
    return {_encoded(task, _share(task, chunk), chunk, []).subject for chunk in shares(task)}


def share_that_ends_with(task: EncodeAudio | CopyVideo, number: int) -> Chunk | None:
    """Return the chunk whose last segment has this number."""
    return next((chunk for chunk in shares(task) if _numbers(task, chunk)[-1] == number), None)


def share_encoded(task: EncodeAudio | CopyVideo, chunk: Chunk, made: Made) -> ChunkEncoded:
    """Return the fact that a chunk's share of a track is encoded, or of the original repackaged."""
    return _encoded(task, _share(task, chunk), chunk, made.renditions(_numbers(task, chunk)))


def copy_refused(task: EncodeAudio | CopyVideo, refusal: Refusal) -> CopyRefused:
    """Return the fact that what a task was to copy must be encoded."""
    return CopyRefused(
        asset_id=task.asset_id,
        tenant=task.tenant,
        recipe=task.recipe,
        part=task.part,
        code=refusal.code,
        message=refusal.message,
    )


def is_overtaken(task: EncodeVideo | EncodeAudio | CopyVideo, refused: set[str]) -> bool:
    """Tell whether a task belongs to a plan that another one followed; ``refused`` are subjects of refusals."""
    return any(task.recipe in subject.split(".") for subject in refused)


def _numbers(task: EncodeAudio | CopyVideo, chunk: Chunk) -> range:
    """Return the numbers of the segments that a chunk consists of."""
    if isinstance(task, EncodeAudio):
        return segments_of(chunk, task.grid)
    starts = list(accumulate(task.copied.segments, initial=0))
    return range(starts.index(chunk.first_frame), starts.index(chunk.end_frame))


def _share(task: EncodeAudio | CopyVideo, chunk: Chunk) -> str:
    return f"{task.part}-{chunk.index:05d}"


def _encoded(
    task: EncodeVideo | EncodeAudio | CopyVideo, part: str, chunk: Chunk, renditions: list[EncodedRendition]
) -> ChunkEncoded:
    return ChunkEncoded(
        asset_id=task.asset_id,
        tenant=task.tenant,
        recipe=task.recipe,
        part=part,
        chunk=chunk.index,
        renditions=renditions,
        remake=task.remake,
    )
