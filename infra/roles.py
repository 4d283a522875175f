"""What each process takes from the bus and puts on it, as data: the document of the bus and permissions follow."""

from dataclasses import dataclass

from contracts.base import Message
from contracts.bucket import Notification
from contracts.schema import FACTS, TASKS
from contracts.v1 import (
    Alert,
    AssetAbandoned,
    AssetAwaited,
    AssetDeleted,
    AssetDescribed,
    AssetFailed,
    AssetIngested,
    AssetPackaged,
    AssetPlanned,
    AssetPlayable,
    AssetProbed,
    AssetPurged,
    AssetReady,
    AssetRestored,
    AssetRetried,
    CaptionsAsked,
    CaptionsMade,
    CaptionsRefused,
    CaptionsRemoved,
    ChunkEncoded,
    ComplexityMeasured,
    CopyRefused,
    CopyVideo,
    DeadLetter,
    DownloadFailed,
    DownloadMade,
    EncodeAudio,
    EncodeVideo,
    ExtractText,
    FetchInput,
    MakeThumbnails,
    MeasureComplexity,
    OutputRefused,
    PosterChosen,
    PosterMade,
    PosterRefused,
    ProbeOriginal,
    QualityMeasured,
    RemuxRung,
    ThumbnailMade,
    TranscribeAudio,
    VersionChosen,
    VersionRemoved,
    VersionRetired,
)

Contract = type[Message | DeadLetter | Alert | Notification]


@dataclass(frozen=True)
class Role:
    """What a process takes from the bus and puts on it."""

    receives: tuple[Contract, ...] = ()
    sends: tuple[Contract, ...] = ()


EDITS: tuple[Contract, ...] = (
    AssetDescribed,
    AssetDeleted,
    AssetRestored,
    AssetRetried,
    PosterChosen,
    VersionChosen,
)

ROLES = {
    "gateway": Role(
        sends=(
            AssetAwaited,
            AssetAbandoned,
            *EDITS,
            CaptionsAsked,
            CaptionsMade,
            CaptionsRemoved,
            FetchInput,
            RemuxRung,
            Notification,
        )
    ),
    "fetch": Role((FetchInput,), (Notification, AssetAbandoned)),
    "feed": Role(sends=(Notification,)),
    "reconcile": Role(
        FACTS,
        (
            Notification,
            AssetAbandoned,
            ComplexityMeasured,
            QualityMeasured,
            PosterRefused,
            CaptionsRefused,
            AssetRetried,
        ),
    ),
    "ingest": Role((Notification,), (AssetIngested,)),
    "dispatch": Role(sends=TASKS),
    "probe": Role((AssetIngested, AssetRetried, ProbeOriginal), (ProbeOriginal, AssetProbed)),
    "plan": Role(
        (AssetProbed, AssetPlanned, ComplexityMeasured, CopyRefused, OutputRefused, AssetRetried, CaptionsAsked),
        (
            AssetPlanned,
            CopyVideo,
            EncodeVideo,
            EncodeAudio,
            ExtractText,
            MakeThumbnails,
            MeasureComplexity,
            ComplexityMeasured,
            CaptionsAsked,
            TranscribeAudio,
        ),
    ),
    "measure": Role((MeasureComplexity, AssetReady), (ComplexityMeasured, QualityMeasured)),
    "ladder_encode": Role(
        (CopyVideo, EncodeVideo, EncodeAudio, ExtractText), (ChunkEncoded, CopyRefused, CaptionsMade, CaptionsRefused)
    ),
    "thumbnail": Role((MakeThumbnails, PosterChosen), (ThumbnailMade, PosterMade, PosterRefused)),
    "withdraw": Role(
        (
            AssetDeleted,
            AssetRestored,
            ChunkEncoded,
            CopyRefused,
            ThumbnailMade,
            PosterMade,
            PosterRefused,
            DownloadMade,
            DownloadFailed,
            AssetFailed,
            CaptionsMade,
            CaptionsRefused,
            VersionRetired,
        ),
        (AssetPurged, VersionRetired, VersionRemoved),
    ),
    "transcribe": Role((TranscribeAudio,), (CaptionsMade, CaptionsRefused)),
    "remux": Role((RemuxRung,), (DownloadMade, DownloadFailed)),
    "package": Role(
        (ChunkEncoded, OutputRefused, AssetRestored, AssetRetried, CaptionsMade, CaptionsRemoved),
        (AssetPlayable, AssetPackaged),
    ),
    "finalize": Role((AssetPackaged, ThumbnailMade, AssetRestored), (AssetReady, OutputRefused, CopyRefused)),
    "catalog": Role(receives=FACTS),
    "notify": Role(receives=(*FACTS, Alert, DeadLetter), sends=(Alert,)),
    # Dead letters that it replays go out as they came in, on whatever subject.
    "operate": Role(sends=(AssetRetried,)),
    "any_service": Role(sends=(AssetFailed, DeadLetter, Alert)),
}
