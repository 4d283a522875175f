"""Tasks of version 1: work that exactly one worker takes, on ``task.v1.<kind>.<lane>.<tenant>.<asset_id>.<part>``.

They are published to ``queue.v1.<kind>.<lane>.<priority>.<tenant>.<asset_id>.<part>``, where they wait for their
tenant's turn; ``dispatch`` then puts them where workers take them.
"""

from typing import ClassVar

from contracts.base import Message
from contracts.policies import DEFAULT_PLAYBACK_POLICY, PlaybackPolicy
from contracts.priorities import DEFAULT_PRIORITY, Priority
from contracts.profiles import DEFAULT_PROFILE
from contracts.v1.values import (
    DEFAULT_PRESET,
    AudioStream,
    AudioTrack,
    Chunk,
    CopiedRung,
    CopyLane,
    DownloadLane,
    Grid,
    ImportLane,
    Lane,
    MeasureLane,
    Original,
    ProbeLane,
    Rung,
    TextLane,
    TextStream,
    TranscribeLane,
    VideoStream,
)


class Work(Message, frozen=True, kw_only=True):
    """Be work for one asset."""

    root: ClassVar[str] = "task.v1"
    queue_root: ClassVar[str] = "queue.v1"

    lane: str
    priority: Priority = DEFAULT_PRIORITY

    @classmethod
    def subject_filter(cls, asset_id: str = "*", lane: str = "*") -> str:
        """Return the subject filter for this kind of task in one lane or in all."""
        return f"{cls.root}.{cls.kind().split('.')[0]}.{lane}.*.{asset_id}.>"

    @property
    def subject(self) -> str:
        """Return where workers find it; lane and tenant stand before the asset so that queues can be cut by them."""
        noun = self.kind().split(".")[0]
        return ".".join((self.root, noun, self.lane, self.tenant, self.asset_id, *self.parts))

    @property
    def queue_subject(self) -> str:
        """Return where it waits for its turn, which is where it is published to."""
        noun = self.kind().split(".")[0]
        return ".".join((self.queue_root, noun, self.lane, self.priority, self.tenant, self.asset_id, *self.parts))


class Task(Work, frozen=True, kw_only=True):
    """Be work on one asset's original under one recipe; with a ``remake``, what was made of it before was refused."""

    recipe: str
    original: Original
    remake: int = 0


class ProbeOriginal(Work, frozen=True, kw_only=True, tag="probe.original"):
    """Find out what an original is; the rest is for the fact that says so."""

    lane: ProbeLane = "head"
    original: Original
    profile: str = DEFAULT_PROFILE
    playback_policy: PlaybackPolicy = DEFAULT_PLAYBACK_POLICY
    attempt: int = 0

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the one part such a task has."""
        return ("asset",)


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


class RemuxRung(Task, frozen=True, kw_only=True, tag="remux.make"):
    """Join a rung's segments, and those of one rendition of sound, to one MP4 file; ``request`` tells two wishes apart.

    Segments are counted; their keys follow from recipe and rendition.
    """

    lane: DownloadLane = "download"
    request: str
    rung: str
    video: str
    video_segments: int
    audio: str | None = None
    audio_segments: int = 0
    duration_s: float

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the recipe and the rung."""
        return (self.recipe, self.rung)

    @property
    def message_id(self) -> str:
        """Return an id for each wish: one that failed may be followed by another."""
        return f"{super().message_id}:{self.request}"


class FetchInput(Work, frozen=True, kw_only=True, tag="fetch.input"):
    """Write what a user's URL leads to under ``key``; profile and policy become the original's metadata."""

    lane: ImportLane = "import"
    url: str
    key: str
    profile: str = DEFAULT_PROFILE
    playback_policy: PlaybackPolicy = DEFAULT_PLAYBACK_POLICY

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the one part such a task has."""
        return ("asset",)


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


class TranscribeAudio(Task, frozen=True, kw_only=True, tag="transcribe.audio"):
    """Write down what is said in one of an original's audio streams, as a version of a text track.

    ``timeline_start_s`` is the asset's beginning on the source's clock, ``duration_s`` how long it lasts. ``language``
    is BCP 47 and empty where it is to be found out, ``translate`` asks for English; where they are not given, the
    service's settings decide. ``hotwords`` are names and terms that are likely to be said. Of ``recipe`` the policy
    alone counts: text belongs to no recipe. ``version`` tells this wish from others, and is what it becomes unless the
    track was changed meanwhile; what is made is then a later one.
    """

    lane: TranscribeLane = "transcribe"
    track: str
    version: int = 1
    source: AudioStream
    timeline_start_s: float
    duration_s: float
    profile: str = DEFAULT_PROFILE
    language: str = ""
    translate: bool | None = None
    hotwords: str = ""

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the track."""
        return (self.track,)

    @property
    def message_id(self) -> str:
        """Return an id for each version of the track."""
        return f"{super().message_id}:{self.version}"


AnyTask = (
    FetchInput
    | ProbeOriginal
    | EncodeVideo
    | EncodeAudio
    | CopyVideo
    | ExtractText
    | MakeThumbnails
    | MeasureComplexity
    | RemuxRung
    | TranscribeAudio
)
