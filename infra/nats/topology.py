"""The streams and durables of Headrace as data, and the one command that applies them.

``python -m infra.nats.topology [--replicas N]`` makes what is missing and updates what differs; it never deletes
anything, and it leaves alone what is not stated here, such as a limit that an operator set. Services only bind.
"""

import argparse
import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import nats
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError

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
    ChunkEncoded,
    ComplexityMeasured,
    CopyRefused,
    CopyVideo,
    DownloadFailed,
    DownloadMade,
    EncodeAudio,
    EncodeVideo,
    FetchInput,
    MakeThumbnails,
    MeasureComplexity,
    PosterChosen,
    PosterMade,
    PosterRefused,
    RemuxRung,
    ThumbnailMade,
    VersionRetired,
)
from services.runtime.settings import Settings

# A worker says every few seconds that it is still at it, so silence for this long means that it died.
ACK_WAIT_S = 10.0
# RustFS refuses a stream that forgets message ids sooner than its own retries end, which is after 274 s.
DUPLICATE_WINDOW_S = 600.0


@dataclass(frozen=True)
class Durable:
    """A consumer that outlives its readers; ``subjects`` are the filters of what it delivers."""

    name: str
    subjects: tuple[str, ...]


@dataclass(frozen=True)
class Stream:
    """A stream and its durables; ``max_age`` None keeps messages for ever."""

    name: str
    subjects: tuple[str, ...]
    durables: tuple[Durable, ...] = ()
    retention: RetentionPolicy = RetentionPolicy.LIMITS
    max_age: timedelta | None = None
    allow_direct: bool = False


def _filters(*kinds: type[Message]) -> tuple[str, ...]:
    return tuple(kind.subject_filter() for kind in kinds)


BUCKET = Stream("BUCKET", ("bucket.>",), (Durable("ingest", ("bucket.>",)),), max_age=timedelta(days=7))
MEDIA = Stream(
    "MEDIA",
    ("media.v1.>", "alert.v1.>"),
    (
        Durable("probe", _filters(AssetIngested, AssetRetried)),
        Durable("plan", _filters(AssetProbed)),
        Durable("plan_refine", _filters(ComplexityMeasured)),
        Durable("plan_overdue", _filters(AssetPlanned)),
        Durable("plan_retry", _filters(AssetRetried)),
        Durable("plan_again", _filters(CopyRefused)),
        Durable("package", _filters(ChunkEncoded, AssetRestored, AssetRetried)),
        Durable("poster", _filters(PosterChosen)),
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
            ),
        ),
        Durable("remove_version", _filters(VersionRetired)),
        Durable("measure_quality", _filters(AssetReady)),
    ),
    allow_direct=True,
)
TASKS = Stream(
    "TASKS",
    ("task.v1.>",),
    (
        Durable("fetch", (FetchInput.subject_filter(),)),
        Durable("encode_copy", (CopyVideo.subject_filter(lane="copy"),)),
        Durable("encode_head", (EncodeVideo.subject_filter(lane="head"),)),
        Durable("encode_audio", (EncodeAudio.subject_filter(lane="audio"),)),
        Durable("encode_bulk", (EncodeVideo.subject_filter(lane="bulk"),)),
        Durable("thumbnail", (MakeThumbnails.subject_filter(),)),
        Durable("remux", (RemuxRung.subject_filter(),)),
        Durable("measure_complexity", (MeasureComplexity.subject_filter(lane="complexity"),)),
    ),
    retention=RetentionPolicy.WORK_QUEUE,
)
DEAD = Stream("DEAD", ("dead.>",), (Durable("trouble", ("dead.v1.exhausted.>",)),), max_age=timedelta(days=30))

TOPOLOGY = (BUCKET, MEDIA, TASKS, DEAD)


async def apply(connection: Client, replicas: int = 1) -> None:
    """Make every stream and durable be as stated; messages and positions stay."""
    js = connection.jetstream()
    for stream in TOPOLOGY:
        await _apply_stream(js, stream, replicas)
        for durable in stream.durables:
            await _apply_durable(js, stream.name, durable)


async def _apply_stream(js: JetStreamContext, stream: Stream, replicas: int) -> None:
    stated: dict[str, Any] = {
        "subjects": list(stream.subjects),
        "retention": stream.retention,
        "max_age": stream.max_age.total_seconds() if stream.max_age else 0,
        "allow_direct": stream.allow_direct,
        "storage": StorageType.FILE,
        "duplicate_window": DUPLICATE_WINDOW_S,
        "num_replicas": replicas,
    }
    try:
        current = (await js.stream_info(stream.name)).config
    except NotFoundError:
        await js.add_stream(StreamConfig(name=stream.name, **stated))
        return
    if (wanted := current.evolve(**stated)) != current:
        await js.update_stream(wanted)


async def _apply_durable(js: JetStreamContext, stream: str, durable: Durable) -> None:
    several = len(durable.subjects) > 1
    stated: dict[str, Any] = {
        "filter_subject": None if several else durable.subjects[0],
        "filter_subjects": list(durable.subjects) if several else None,
        "ack_wait": ACK_WAIT_S,
        # The runtime counts deliveries itself and parks what failed too often; the server would only fall silent.
        "max_deliver": -1,
    }
    try:
        current = (await js.consumer_info(stream, durable.name)).config
    except NotFoundError:
        current = None
    wanted = (current or ConsumerConfig(durable_name=durable.name)).evolve(**stated)
    if wanted != current:
        await js.add_consumer(stream, wanted)


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
