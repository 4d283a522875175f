"""Tasks of version 1: work that exactly one worker takes, on ``task.v1.<kind>.<lane>.<tenant>.<asset_id>.<part>``.

They are published to ``queue.v1.<kind>.<lane>.<priority>.<tenant>.<asset_id>.<part>``, where they wait for their
tenant's turn; ``dispatch`` then puts them where workers take them.
"""

from contracts.policies import DEFAULT_PLAYBACK_POLICY, PlaybackPolicy
from contracts.profiles import DEFAULT_PROFILE
from contracts.v1.encoding import CopyVideo, EncodeAudio, EncodeVideo, ExtractText, MakeThumbnails, MeasureComplexity
from contracts.v1.lanes import DownloadLane, ImportLane, ProbeLane, TranscribeLane
from contracts.v1.original import AudioStream, Original
from contracts.v1.work import Task, Work


class ProbeOriginal(Work, frozen=True, kw_only=True, tag="probe.original"):
    """Find out what an original is; the rest is for the fact that says so."""

    lane: ProbeLane = "head"
    original: Original
    profile: str = DEFAULT_PROFILE
    playback_policy: PlaybackPolicy = DEFAULT_PLAYBACK_POLICY
    attempt: int = 0
    language: str = ""

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the one part such a task has."""
        return ("asset",)


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
    """Write what a user's URL leads to under ``key``; profile, policy, language become the original's metadata."""

    lane: ImportLane = "import"
    url: str
    key: str
    profile: str = DEFAULT_PROFILE
    playback_policy: PlaybackPolicy = DEFAULT_PLAYBACK_POLICY
    language: str = ""

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the one part such a task has."""
        return ("asset",)


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
