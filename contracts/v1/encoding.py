"""Tasks that make an asset of its original."""

from contracts.v1.lanes import CopyLane, Lane, MeasureLane, TextLane
from contracts.v1.original import AudioStream, TextStream
from contracts.v1.pictures import VideoStream
from contracts.v1.renditions import DEFAULT_PRESET, AudioTrack, CopiedRung, Rung
from contracts.v1.timeline import Chunk, Grid
from contracts.v1.work import Task


class EncodeVideo(Task, frozen=True, kw_only=True, tag="encode.video"):
    """Decode one chunk once and encode each of ``rungs`` from it; ``preset`` is the encoder's."""

    lane: Lane
    part: str
    grid: Grid
    chunk: Chunk
    source: VideoStream
    rungs: list[Rung]
    preset: str = DEFAULT_PRESET

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the recipe and the share."""
        return (self.recipe, self.part)


class EncodeAudio(Task, frozen=True, kw_only=True, tag="encode.audio"):
    """Encode one audio track over the whole timeline; ``timeline_start_s`` is slot 0 on the source's clock."""

    lane: Lane
    part: str
    grid: Grid
    chunks: list[Chunk]
    source: AudioStream
    track: AudioTrack
    timeline_start_s: float

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the recipe and the share."""
        return (self.recipe, self.part)


class CopyVideo(Task, frozen=True, kw_only=True, tag="encode.copy"):
    """Repackage the original's own pictures as a rung, without encoding them; read the original once, in order."""

    lane: CopyLane = "copy"
    part: str
    grid: Grid
    source: VideoStream
    copied: CopiedRung

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the recipe and the share."""
        return (self.recipe, self.part)


class ExtractText(Task, frozen=True, kw_only=True, tag="encode.text"):
    """Make WebVTT of the original's own subtitles; ``timeline_start_s`` is slot 0 on the source's clock."""

    lane: TextLane = "text"
    part: str = "text"
    streams: list[TextStream]
    timeline_start_s: float
    duration_s: float

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the recipe and the share."""
        return (self.recipe, self.part)


class MakeThumbnails(Task, frozen=True, kw_only=True, tag="thumbnail.make"):
    """Make poster and storyboard."""

    lane: Lane
    source: VideoStream
    duration_s: float
    attempt: int = 0

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the recipe."""
        return (self.recipe,)


class MeasureComplexity(Task, frozen=True, kw_only=True, tag="measure.complexity"):
    """Find out what a source takes at each of ``rungs``, some of which may never be made."""

    lane: MeasureLane = "complexity"
    grid: Grid
    source: VideoStream
    rungs: list[Rung]

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the recipe."""
        return (self.recipe,)
