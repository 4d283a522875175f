"""Facts about what an asset became: playable, packaged, ready, or not."""

import hashlib

from contracts.v1.fact import AssetFact, RecipeFact
from contracts.v1.making import ThumbnailMade
from contracts.v1.measured import Receipt
from contracts.v1.outputs import Flaw, Rendition


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
