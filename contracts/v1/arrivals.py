"""Facts about how an original came: announced, arrived, looked at."""

from contracts.policies import DEFAULT_PLAYBACK_POLICY, PlaybackPolicy
from contracts.priorities import DEFAULT_PRIORITY, Priority
from contracts.profiles import DEFAULT_PROFILE
from contracts.v1.fact import AssetFact
from contracts.v1.original import Original, Probe


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
    """An upload became an asset; ``name`` is the file's own name, ``profile`` what its uploader chose.

    ``language`` is what its uploader says is spoken, as BCP 47, or empty.
    """

    original: Original
    name: str
    profile: str = DEFAULT_PROFILE
    playback_policy: PlaybackPolicy = DEFAULT_PLAYBACK_POLICY
    attempt: int = 0
    priority: Priority = DEFAULT_PRIORITY
    language: str = ""


class AssetProbed(AssetFact, frozen=True, kw_only=True, tag="asset.probed"):
    """An original was measured and found to be media."""

    original: Original
    probe: Probe
    profile: str = DEFAULT_PROFILE
    attempt: int = 0
    playback_policy: PlaybackPolicy = DEFAULT_PLAYBACK_POLICY
    priority: Priority = DEFAULT_PRIORITY
    language: str = ""
