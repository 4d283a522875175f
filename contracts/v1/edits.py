"""Facts that begin with somebody's wish: descriptions, deletions, retries, posters, downloads."""

from datetime import datetime

from contracts.v1.fact import AssetFact, EditFact, RecipeFact


class AssetDescribed(EditFact, frozen=True, kw_only=True, tag="asset.described"):
    """An asset's description is now this, all of it; the last one stands."""

    title: str
    description: str
    metadata: dict[str, str]
    tags: list[str]
    category: str


class AssetDeleted(EditFact, frozen=True, kw_only=True, tag="asset.deleted"):
    """An asset left playback; until ``purge_at`` it can be restored."""

    purge_at: datetime


class AssetRestored(EditFact, frozen=True, kw_only=True, tag="asset.restored"):
    """A deleted asset came back."""


class AssetPurged(AssetFact, frozen=True, kw_only=True, tag="asset.purged"):
    """Nothing of an asset is left in the bucket; ``objects`` were deleted.

    If the same upload comes again, its work begins with ``attempt``, for the facts of its first life still stand.
    """

    objects: int
    attempt: int


class AssetRetried(EditFact, frozen=True, kw_only=True, tag="asset.retried"):
    """Work is to be done again from a step on: see ``contracts.steps``; ``attempt`` is 1 for the first retry.

    Facts that stand are never taken back. What is measured or encoded again becomes a plan with a recipe of its own,
    which the attempt enters, and so lies beside what was made before, which is played until the new is ready.
    ``recipe`` says whose pictures or playlists are meant; without one, those that were planned last. ``profile`` is how
    much work encoding may be this time; without one, as much as the uploader chose.
    """

    step: str
    attempt: int
    recipe: str = ""
    profile: str = ""


class PosterChosen(EditFact, frozen=True, kw_only=True, tag="poster.chosen"):
    """The poster is to be the picture ``at_s`` seconds into the video, or the one uploaded under ``key``."""

    recipe: str
    at_s: float | None = None
    key: str | None = None


class PosterMade(EditFact, frozen=True, kw_only=True, tag="poster.made"):
    """The poster that was chosen with the same ``edit`` lies in the store; sizes in pixels."""

    recipe: str
    poster_key: str
    poster_width: int
    poster_height: int


class PosterRefused(EditFact, frozen=True, kw_only=True, tag="poster.refused"):
    """The poster that was chosen with the same ``edit`` cannot be made; the one before stays. ``code`` is stable."""

    recipe: str
    code: str
    message: str


class DownloadFact(RecipeFact, frozen=True, kw_only=True):
    """Be what became of the wish ``request`` for a rung as one file."""

    request: str
    rung: str

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the recipe and the rung."""
        return (self.recipe, self.rung)

    @property
    def message_id(self) -> str:
        """Return an id for each wish: what was withdrawn may be made again."""
        return f"{super().message_id}:{self.request}"


class DownloadMade(DownloadFact, frozen=True, kw_only=True, tag="download.made"):
    """A rung with its sound lies in the store as one MP4 file, as was wished with ``request``.

    ``rung`` is its name, such as ``720p``.
    """

    key: str
    size_bytes: int


class DownloadFailed(DownloadFact, frozen=True, kw_only=True, tag="download.failed"):
    """A rung cannot be joined to one file, as was wished with ``request``; ``code`` is stable. All else stays."""

    code: str
    message: str
