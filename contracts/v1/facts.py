"""Facts of version 1: what happened to an asset, on ``media.v1.<noun>.<verb>.<asset_id>.<part>``.

``attempt`` counts how often an asset's work was asked for again; a fact of a later attempt is no duplicate. ``remake``
counts how often outputs were refused and made once more; what it was made for stands in ``output.refused``.
"""

import hashlib

from contracts.policies import DEFAULT_PLAYBACK_POLICY, PlaybackPolicy
from contracts.priorities import DEFAULT_PRIORITY, Priority
from contracts.profiles import DEFAULT_PROFILE
from contracts.v1.captions import CaptionsAsked, CaptionsMade, CaptionsRefused, CaptionsRemoved
from contracts.v1.edits import (
    AssetDeleted,
    AssetDescribed,
    AssetPurged,
    AssetRestored,
    AssetRetried,
    DownloadFailed,
    DownloadMade,
    PosterChosen,
    PosterMade,
    PosterRefused,
)
from contracts.v1.fact import AssetFact, RecipeFact
from contracts.v1.values import (
    DEFAULT_PRESET,
    AudioTrack,
    Chapter,
    Chunk,
    CopiedRung,
    EncodedRendition,
    Flaw,
    Forecast,
    Grid,
    Original,
    PlanStage,
    Probe,
    Receipt,
    Rendition,
    Rung,
    RungSet,
    Snippet,
)
from contracts.v1.versions import VersionChosen, VersionRemoved, VersionRetired


class AssetAwaited(AssetFact, frozen=True, kw_only=True, tag="asset.awaited"):
    """A file was announced that will lie under ``key``; ``size_bytes`` is None where only its arrival will tell."""

    name: str
    key: str
    size_bytes: int | None = None
    content_type: str | None = None
    profile: str = DEFAULT_PROFILE
    playback_policy: PlaybackPolicy = DEFAULT_PLAYBACK_POLICY
    title: str = ""
    description: str = ""
    metadata: dict[str, str] = {}
    tags: list[str] = []
    category: str = ""
    priority: Priority = DEFAULT_PRIORITY


class AssetAbandoned(AssetFact, frozen=True, kw_only=True, tag="asset.abandoned"):
    """The file that was announced will not come: its upload was aborted, or expired."""


class AssetIngested(AssetFact, frozen=True, kw_only=True, tag="asset.ingested"):
    """An upload became an asset; ``name`` is the file's own name, ``profile`` what its uploader chose."""

    original: Original
    name: str
    profile: str = DEFAULT_PROFILE
    playback_policy: PlaybackPolicy = DEFAULT_PLAYBACK_POLICY
    attempt: int = 0
    priority: Priority = DEFAULT_PRIORITY


class AssetProbed(AssetFact, frozen=True, kw_only=True, tag="asset.probed"):
    """An original was measured and found to be media."""

    original: Original
    probe: Probe
    profile: str = DEFAULT_PROFILE
    attempt: int = 0
    playback_policy: PlaybackPolicy = DEFAULT_PLAYBACK_POLICY
    priority: Priority = DEFAULT_PRIORITY


class AssetPlanned(RecipeFact, frozen=True, kw_only=True, tag="asset.planned"):
    """It was decided what will be made; ``preset`` is the video encoder's, ``warnings`` are sentences for people.

    ``copied`` says which of ``rungs`` needs no encoding; where there is none, ``non_standard_input`` holds stable codes
    of why the original's own pictures cannot be delivered. ``sets`` hold what else is made of the picture, beside the
    ladder that ``rungs`` are. A plan with ``candidates`` is said again when it is ``refined``, and only then is the
    rest of its work handed out: of an asset's plans under a recipe the last counts. ``engine`` names what beside the
    plan determines the bytes made, ``profile`` is the one that ``preset`` follows from. ``chapters`` are the
    original's.
    """

    grid: Grid
    rungs: list[Rung]
    chunks: list[Chunk]
    audio: list[AudioTrack] = []
    warnings: list[str] = []
    preset: str = DEFAULT_PRESET
    copied: CopiedRung | None = None
    non_standard_input: list[str] = []
    sets: list[RungSet] = []
    stage: PlanStage = "final"
    attempt: int = 0
    engine: str = ""
    profile: str = ""
    chapters: list[Chapter] = []

    @property
    def message_id(self) -> str:
        """Return the id; a refined plan is no second publication of the one before it."""
        return f"{super().message_id}:refined" if self.stage == "refined" else super().message_id

    @property
    def all_rungs(self) -> list[Rung]:
        """Return the rungs of the ladder, best first, then those of the other sets."""
        return [*self.rungs, *(rung for own in self.sets for rung in own.rungs)]

    @property
    def encoded_rungs(self) -> list[Rung]:
        """Return the rungs that are encoded, best first."""
        return [rung for rung in self.rungs if self.copied is None or rung.name != self.copied.name]

    @property
    def planned_parts(self) -> int:
        """Return how many ``chunk.encoded`` facts complete the plan.

        Each chunk of the picture, of each track and of each other set is one, and one more is the first chunk's lowest
        rung, made ahead. What is copied has chunks of its own.
        """
        encoded = len(self.encoded_rungs)
        head, pictures = int(encoded > 1), int(encoded > 0)
        copied = len(self.copied.chunks) if self.copied else 0
        return head + copied + len(self.chunks) * (pictures + len(self.audio) + len(self.sets))


class ChunkEncoded(RecipeFact, frozen=True, kw_only=True, tag="chunk.encoded"):
    """A task's segments lie in the store; ``part`` names the task's share of the asset."""

    part: str
    chunk: int
    renditions: list[EncodedRendition]
    remake: int = 0

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the recipe and the share."""
        return (self.recipe, self.part)


class CopyRefused(RecipeFact, frozen=True, kw_only=True, tag="copy.refused"):
    """What was to be copied under a recipe cannot be; ``part`` names the task, ``code`` is stable.

    It is planned again without that copy, under another recipe.
    """

    part: str
    code: str
    message: str

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the recipe and the task."""
        return (self.recipe, self.part)


class ThumbnailMade(RecipeFact, frozen=True, kw_only=True, tag="thumbnail.made"):
    """Poster and storyboard lie in the store; sizes in pixels."""

    poster_key: str
    poster_width: int
    poster_height: int
    storyboard_key: str
    tiles: int
    attempt: int = 0
    remake: int = 0


class AssetPlayable(RecipeFact, frozen=True, kw_only=True, tag="asset.playable"):
    """A player can start; playlists still grow."""

    hls_key: str


class AssetPackaged(RecipeFact, frozen=True, kw_only=True, tag="asset.packaged"):
    """Every rendition is complete and its playlists say so.

    ``chapters_key`` is a WebVTT file with the original's chapters, empty where it has none. ``warnings`` are sentences
    for people about what could not be packaged; the fact is stated again when there are others.
    """

    hls_key: str
    dash_key: str
    duration_s: float
    renditions: list[Rendition]
    attempt: int = 0
    remake: int = 0
    chapters_key: str = ""
    warnings: list[str] = []

    @property
    def message_id(self) -> str:
        """Return the id; with other warnings it is no second publication."""
        own = super().message_id
        return f"{own}:{hashlib.sha256(''.join(self.warnings).encode()).hexdigest()[:12]}" if self.warnings else own


class OutputRefused(RecipeFact, frozen=True, kw_only=True, tag="output.refused"):
    """The last look at an asset's outputs found ``flaws``, of which it tells the first ones; they are made once more.

    ``shares`` are the parts of ``chunk.encoded`` that are encoded again; ``pictures``: so are poster and storyboard.
    Playlists and manifest are written again in any case.
    """

    flaws: list[Flaw]
    shares: list[str] = []
    pictures: bool = False
    attempt: int = 0
    remake: int = 1

    def is_answered_by(self, later: "AssetPackaged | ThumbnailMade") -> bool:
        """Tell whether a fact is of what was made since the refusal."""
        return later.remake >= self.remake or later.attempt > self.attempt


class AssetReady(RecipeFact, frozen=True, kw_only=True, tag="asset.ready"):
    """Everything that was planned was made and verified."""

    hls_key: str
    dash_key: str
    poster_key: str
    storyboard_key: str
    duration_s: float
    attempt: int = 0


class ComplexityMeasured(RecipeFact, frozen=True, kw_only=True, tag="complexity.measured"):
    """It is known what a source takes, by ``forecasts`` of candidate rungs at a constant quality.

    ``width`` and ``height`` in pixels are of the pictures that were measured. Without forecasts, ``reason`` is the
    stable code of why nobody waits for them.
    """

    width: int | None = None
    height: int | None = None
    snippets: list[Snippet] = []
    forecasts: list[Forecast] = []
    reason: str | None = None


class QualityMeasured(RecipeFact, frozen=True, kw_only=True, tag="quality.measured"):
    """It is known what each rendition of a finished asset gives; without receipts, ``reason`` is the code of why."""

    receipts: list[Receipt] = []
    reason: str | None = None


class AssetFailed(AssetFact, frozen=True, kw_only=True, tag="asset.failed"):
    """The asset cannot be made; ``code`` is stable, ``message`` says what a person can do.

    ``recipe`` and ``attempt`` are those of the work that failed, as far as it had them.
    """

    code: str
    message: str
    service: str
    recipe: str = ""
    attempt: int = 0

    @property
    def message_id(self) -> str:
        """Return an id for each recipe, so that a second attempt can fail soon after the first."""
        own = super().message_id
        return f"{own}:{self.recipe}" if self.recipe else own


AnyFact = (
    AssetAwaited
    | AssetAbandoned
    | AssetIngested
    | AssetProbed
    | AssetPlanned
    | ChunkEncoded
    | CopyRefused
    | ThumbnailMade
    | AssetPlayable
    | AssetPackaged
    | OutputRefused
    | AssetReady
    | ComplexityMeasured
    | QualityMeasured
    | AssetFailed
    | AssetDescribed
    | AssetDeleted
    | AssetRestored
    | AssetPurged
    | AssetRetried
    | PosterChosen
    | PosterMade
    | PosterRefused
    | DownloadMade
    | DownloadFailed
    | VersionChosen
    | VersionRetired
    | VersionRemoved
    | CaptionsAsked
    | CaptionsMade
    | CaptionsRemoved
    | CaptionsRefused
)
