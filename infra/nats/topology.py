"""The streams and durables of Headrace as data, and the one command that applies them.

``python -m infra.nats.topology [--replicas N]`` makes what is missing and updates what differs; it never deletes
anything, and it leaves alone what is not stated here, such as a limit that an operator set. Services only bind.
"""

import argparse
import asyncio
from datetime import timedelta

import nats
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import RetentionPolicy

from contracts.again import ROOT as AGAIN
from contracts.base import Message
from contracts.v1 import (
    AssetDeleted,
    AssetFailed,
    AssetIngested,
    AssetPackaged,
    AssetPlanned,
    AssetProbed,
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
    RemuxRung,
    ThumbnailMade,
    TranscribeAudio,
    VersionRetired,
)
from infra.nats.stream import Durable, Stream, make_durable, make_stream
from services.runtime.settings import Settings


def _filters(*kinds: type[Message]) -> tuple[str, ...]:
    return tuple(kind.subject_filter() for kind in kinds)


BUCKET = Stream("BUCKET", ("bucket.>",), (Durable("ingest", ("bucket.>",)),), max_age=timedelta(days=7))
MEDIA = Stream(
    "MEDIA",
    ("media.v1.>", "alert.v1.>", f"{AGAIN}.>"),
    (
        Durable("probe", _filters(AssetIngested, AssetRetried)),
        Durable("plan", _filters(AssetProbed)),
        Durable("plan_refine", _filters(ComplexityMeasured), "plan"),
        Durable("plan_overdue", _filters(AssetPlanned), "plan"),
        Durable("plan_retry", _filters(AssetRetried), "plan"),
        Durable("plan_again", _filters(CopyRefused), "plan"),
        # It hears only of plans whose work was lost.
        Durable("plan_lost", (), "plan"),
        Durable("plan_remake", _filters(OutputRefused), "plan"),
        Durable("plan_speech", _filters(CaptionsAsked), "plan"),
        Durable(
            "package",
            _filters(ChunkEncoded, OutputRefused, AssetRestored, AssetRetried, CaptionsMade, CaptionsRemoved),
        ),
        Durable("poster", _filters(PosterChosen), "thumbnail"),
        Durable("finalize", _filters(AssetPackaged, ThumbnailMade, AssetRestored)),
        Durable(
            "withdraw",
            _filters(
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
            ),
        ),
        Durable("remove_version", _filters(VersionRetired), "withdraw"),
        Durable("measure_quality", _filters(AssetReady), "measure"),
    ),
    allow_direct=True,
)
# Work waits here for its tenant's turn. ``dispatch`` alone reads it, by a consumer that it makes for itself, and
# deletes what it has put into TASKS.
QUEUE = Stream("QUEUE", ("queue.v1.>",))
TASKS = Stream(
    "TASKS",
    ("task.v1.>",),
    (
        Durable("probe_original", (ProbeOriginal.subject_filter(),), "probe"),
        Durable("fetch", (FetchInput.subject_filter(),)),
        Durable("encode_copy", (CopyVideo.subject_filter(lane="copy"),), "ladder_encode"),
        Durable("encode_head", (EncodeVideo.subject_filter(lane="head"),), "ladder_encode"),
        Durable("encode_audio", (EncodeAudio.subject_filter(lane="audio"),), "ladder_encode"),
        Durable("encode_text", (ExtractText.subject_filter(lane="text"),), "ladder_encode"),
        Durable("encode_bulk", (EncodeVideo.subject_filter(lane="bulk"),), "ladder_encode"),
        Durable("thumbnail", (MakeThumbnails.subject_filter(),)),
        Durable("remux", (RemuxRung.subject_filter(),)),
        Durable("measure_complexity", (MeasureComplexity.subject_filter(lane="complexity"),), "measure"),
        Durable("transcribe", (TranscribeAudio.subject_filter(),)),
    ),
    retention=RetentionPolicy.WORK_QUEUE,
    times_work=True,
)
DEAD = Stream(
    "DEAD", ("dead.>",), (Durable("trouble", ("dead.v1.exhausted.>",), "notify"),), max_age=timedelta(days=30)
)

TOPOLOGY = (BUCKET, MEDIA, QUEUE, TASKS, DEAD)


async def apply(connection: Client, replicas: int = 1) -> None:
    """Make every stream and durable be as stated; messages and positions stay."""
    for stream in TOPOLOGY:
        await apply_stream(connection.jetstream(), stream, replicas)


async def apply_stream(js: JetStreamContext, stream: Stream, replicas: int = 1) -> None:
    """Make a stream and its durables be as stated."""
    await make_stream(js, stream, replicas)
    for durable in stream.durables:
        await make_durable(js, stream, durable)


async def apply_to(settings: Settings, replicas: int = 1) -> None:
    """Apply the topology to the server that settings name.

    Raises: OSError, nats.errors.Error: it does not answer, or refuses.
    """
    connection = await nats.connect(
        settings.nats_url,
        user=settings.nats_user,
        password=settings.nats_password.get_secret_value() if settings.nats_password else None,
        allow_reconnect=False,
        # The first connection, too, is tried this often, by default for two minutes.
        max_reconnect_attempts=1,
        reconnect_time_wait=0.2,
        error_cb=_leave_to_caller,
    )
    try:
        await apply(connection, replicas)
    finally:
        await connection.close()


async def _leave_to_caller(_: Exception) -> None:
    """Log nothing: the attempt itself fails with the same error."""


def main() -> None:
    """Apply the topology to the NATS server that ``HEADRACE_NATS_*`` names."""
    parser = argparse.ArgumentParser(prog="python -m infra.nats.topology", description=main.__doc__)
    parser.add_argument("--replicas", type=int, default=1, help="copies of every stream; 3 in production")
    asyncio.run(apply_to(Settings(), parser.parse_args().replicas))


if __name__ == "__main__":
    main()
