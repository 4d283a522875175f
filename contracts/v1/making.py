"""Facts about what is made of an original: what was decided, what was done of it."""

from contracts.v1.fact import RecipeFact
from contracts.v1.measured import Forecast, Snippet
from contracts.v1.original import Chapter
from contracts.v1.outputs import EncodedRendition
from contracts.v1.renditions import DEFAULT_PRESET, AudioTrack, CopiedRung, PlanStage, Rung, RungSet
from contracts.v1.timeline import Chunk, Grid


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
