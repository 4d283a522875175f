"""Facts of version 1: what happened to an asset, on ``media.v1.<noun>.<verb>.<asset_id>.<part>``.

``attempt`` counts how often an asset's work was asked for again; a fact of a later attempt is no duplicate. ``remake``
counts how often outputs were refused and made once more; what it was made for stands in ``output.refused``.
"""

from contracts.v1.arrivals import AssetAbandoned, AssetAwaited, AssetIngested, AssetProbed
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
from contracts.v1.making import AssetPlanned, ChunkEncoded, ComplexityMeasured, CopyRefused, ThumbnailMade
from contracts.v1.results import AssetFailed, AssetPackaged, AssetPlayable, AssetReady, OutputRefused, QualityMeasured
from contracts.v1.versions import VersionChosen, VersionRemoved, VersionRetired

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
