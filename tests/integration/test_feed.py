"""From an object in the bucket to ``asset.ingested``, on a SeaweedFS of its own, which some tests kill."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from botocore.exceptions import BotoCoreError, ClientError
from nats.aio.client import Client

from contracts.bucket import SUBJECT_FEED, SUBJECT_LISTING, Event, Notification
from contracts.codec import decode, encode
from contracts.v1 import AssetIngested
from infra import bucket
from infra.local.folder import Folder
from infra.local.seaweedfs import SeaweedFS
from infra.seaweedfs.feed import FeedSettings, feed, last_announced_ns
from infra.seaweedfs.filer import follow
from services.ingest.app import build as build_ingest
from services.ingest.decide import asset_of
from services.reconcile.listing import Reconciler, ReconcileSettings, reconcile
from services.runtime.announce import announce
from services.runtime.background import end, keep_running
from services.runtime.forks import Running
from services.runtime.settings import Settings
from services.runtime.store import Store

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client

# A bound for what is broken. SeaweedFS, killed on a busy machine, may need 20 s until it takes objects again.
PATIENCE_S = 100.0
PART_BYTES = 5 << 20


class Seaweed:
    """A SeaweedFS that a test can kill, and a client of its bucket."""

    def __init__(self, server: SeaweedFS, settings: Settings) -> None:
        self.server = server
        self.bucket = "media"
        stated = {name.removeprefix("HEADRACE_").lower(): value for name, value in server.environment.items()}
        self.settings = FeedSettings.model_validate({**settings.model_dump(), **stated})
        self._running: Running | None = None

    async def start(self) -> None:
        self._running = await self.server.spawn()
        async with asyncio.timeout(PATIENCE_S):
            while True:
                with suppress(*self.server.not_ready):
                    return await self.server.prepare()
                await asyncio.sleep(0.05)

    async def kill(self) -> None:
        assert self._running is not None
        os.killpg(self._running.pid, signal.SIGKILL)
        await self._running.wait()


@pytest.fixture(scope="module")
async def seaweed(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> AsyncIterator[Seaweed]:
    server = SeaweedFS(Folder(tmp_path_factory.mktemp("seaweed"), {}))
    await server.set_up()
    seaweed = Seaweed(server, settings)
    await seaweed.start()
    yield seaweed
    await seaweed.kill()


@pytest.fixture
async def s3(seaweed: Seaweed, clean_streams: None) -> AsyncIterator["S3Client"]:
    stated = seaweed.settings
    secret_key = stated.store_secret_key.get_secret_value()
    async with bucket.connect(stated.store_url, stated.store_region, stated.store_access_key, secret_key) as client:
        yield client


@asynccontextmanager
async def working(nc: Client, *works: Callable[[Client], Awaitable[None]]) -> AsyncIterator[None]:
    """Run background work as a service does."""
    tasks = [asyncio.create_task(keep_running(work, nc)) for work in works]
    try:
        yield
    finally:
        await end(tasks)


def feeding(seaweed: Seaweed) -> Callable[[Client], Awaitable[None]]:
    return partial(feed, seaweed.settings)


def reconciling(seaweed: Seaweed) -> Callable[[Client], Awaitable[None]]:
    return partial(reconcile, ReconcileSettings(**{**seaweed.settings.model_dump(), "reconcile_pause_s": 0.3}))


@asynccontextmanager
async def ingesting(seaweed: Seaweed) -> AsyncIterator[None]:
    async with build_ingest(seaweed.settings).app.start_lifespan_context():
        yield


async def announced(nc: Client) -> list[tuple[str, Event]]:
    """Return subject and event of everything in BUCKET."""
    js = nc.jetstream()
    state = (await js.stream_info("BUCKET")).state
    found = []
    for sequence in range(state.first_seq, state.last_seq + 1) if state.messages else ():
        message = await js.get_msg("BUCKET", sequence)
        assert message.data is not None
        found += [
            (str(message.subject), event) for event in msgspec.json.decode(message.data, type=Notification).events
        ]
    return found


async def ingested(nc: Client) -> list[AssetIngested]:
    """Return every ``asset.ingested`` in MEDIA."""
    js = nc.jetstream()
    state = (await js.stream_info("MEDIA")).state
    found = []
    for sequence in range(state.first_seq, state.last_seq + 1) if state.messages else ():
        message = await js.get_msg("MEDIA", sequence)
        assert message.data is not None
        # Who finds the store away raises an alert there, too.
        if not str(message.subject).startswith("alert."):
            fact = decode(message.data)
            assert isinstance(fact, AssetIngested)
            found.append(fact)
    return found


async def until(holds: Callable[[], Awaitable[Any]]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not await holds():
            await asyncio.sleep(0.05)


async def until_announced(nc: Client, *keys: str) -> list[tuple[str, Event]]:
    """Return what BUCKET says of these keys, once it says something of each."""

    async def all_there() -> bool:
        return {event.key for _, event in await announced(nc)} >= set(keys)

    await until(all_there)
    return [(subject, event) for subject, event in await announced(nc) if event.key in keys]


async def until_ingested(nc: Client, *keys: str) -> list[AssetIngested]:
    """Return the facts about these keys, once there is one about each."""

    async def all_there() -> bool:
        return {fact.original.key for fact in await ingested(nc)} >= set(keys)

    await until(all_there)
    return [fact for fact in await ingested(nc) if fact.original.key in keys]


async def put_in_parts(s3: "S3Client", key: str) -> None:
    upload = (await s3.create_multipart_upload(Bucket="media", Key=key))["UploadId"]
    etags = [
        (await s3.upload_part(Bucket="media", Key=key, UploadId=upload, PartNumber=number, Body=b"m" * size))["ETag"]
        for number, size in ((1, PART_BYTES), (2, 1))
    ]
    parts: Any = [{"PartNumber": number, "ETag": etag} for number, etag in enumerate(etags, start=1)]
    await s3.complete_multipart_upload(Bucket="media", Key=key, UploadId=upload, MultipartUpload={"Parts": parts})


async def test_the_feed_states_size_and_etag_as_the_store_does(nc: Client, seaweed: Seaweed, s3: "S3Client") -> None:
    keys = [f"uploads/stated/{name}" for name in ("simple", "empty", "large", "parts", "copy")]
    async with working(nc, feeding(seaweed)):
        await s3.put_object(Bucket="media", Key=keys[0], Body=b"simple")
        await s3.put_object(Bucket="media", Key=keys[1], Body=b"")
        await s3.put_object(Bucket="media", Key=keys[2], Body=b"x" * 9_000_000)
        await put_in_parts(s3, keys[3])
        await s3.copy_object(Bucket="media", Key=keys[4], CopySource={"Bucket": "media", "Key": keys[3]})
        told = await until_announced(nc, *keys)

    listing = (await s3.list_objects_v2(Bucket="media", Prefix="uploads/stated/"))["Contents"]
    listed = {found["Key"]: (found["Size"], found["ETag"].strip('"')) for found in listing}
    assert {event.key: (event.s3.object.size, event.s3.object.etag) for _, event in told} == listed
    for key, (size_bytes, etag) in listed.items():
        head = await s3.head_object(Bucket="media", Key=key)
        assert (head["ContentLength"], head["ETag"].strip('"')) == (size_bytes, etag)
    assert {subject for subject, _ in told} == {SUBJECT_FEED}


async def test_the_feed_says_nothing_of_folders_deletions_and_what_we_make(
    nc: Client, seaweed: Seaweed, s3: "S3Client"
) -> None:
    async with working(nc, feeding(seaweed)):
        await s3.put_object(Bucket="media", Key="uploads/quiet/", Body=b"")
        await s3.put_object(Bucket="media", Key="assets/x/y/index.m3u8", Body=b"#EXTM3U")
        await s3.create_multipart_upload(Bucket="media", Key="uploads/unfinished")
        await s3.put_object(Bucket="media", Key="uploads/quiet/brief", Body=b"a")
        await s3.delete_object(Bucket="media", Key="uploads/quiet/brief")
        await s3.put_object(Bucket="media", Key="uploads/quiet/last", Body=b"a")
        await until_announced(nc, "uploads/quiet/last")

    heard = [event.key for _, event in await announced(nc)]
    ours = [key for key in heard if key.startswith(("uploads/quiet", "uploads/unfinished", "assets/"))]
    assert ours == ["uploads/quiet/brief", "uploads/quiet/last"]


async def test_what_was_put_while_the_feed_was_down_is_announced_when_it_is_back(
    nc: Client, seaweed: Seaweed, s3: "S3Client"
) -> None:
    async with working(nc, feeding(seaweed)):
        await s3.put_object(Bucket="media", Key="uploads/down/earlier", Body=b"a")
        await s3.put_object(Bucket="media", Key="uploads/down/before", Body=b"a")
        await until_announced(nc, "uploads/down/before")
    await s3.put_object(Bucket="media", Key="uploads/down/meanwhile", Body=b"a")

    log = follow(seaweed.settings.filer_grpc, "media", await last_announced_ns(nc.jetstream()))
    async with aclosing(log), asyncio.timeout(PATIENCE_S):
        assert [(await anext(log)).original.key for _ in range(2)] == ["uploads/down/before", "uploads/down/meanwhile"]

    before = len(await announced(nc))
    async with working(nc, feeding(seaweed)):
        await until_announced(nc, "uploads/down/meanwhile")
    assert [event.key for _, event in (await announced(nc))[before:]] == ["uploads/down/meanwhile"]


async def test_feed_and_listing_announce_an_object_once(nc: Client, seaweed: Seaweed, s3: "S3Client") -> None:
    async with working(nc, feeding(seaweed)), Store.connect(seaweed.settings) as store:
        await s3.put_object(Bucket="media", Key="uploads/once", Body=b"a")
        await put_in_parts(s3, "uploads/once in parts")
        await until_announced(nc, "uploads/once", "uploads/once in parts")
        await Reconciler(store, nc.jetstream(), repeat_s=0.0).compare()

        told = await until_announced(nc, "uploads/once", "uploads/once in parts")

    assert [(subject, event.key) for subject, event in told] == [
        (SUBJECT_FEED, "uploads/once"),
        (SUBJECT_FEED, "uploads/once in parts"),
    ]


async def test_what_ingest_gave_up_is_announced_again_and_what_it_ingested_is_not(
    nc: Client, seaweed: Seaweed, s3: "S3Client"
) -> None:
    js = nc.jetstream()
    await s3.put_object(Bucket="media", Key="uploads/given up", Body=b"a")
    queue = await js.pull_subscribe_bind("ingest", "BUCKET")

    async def times_announced() -> int:
        return [event.key for _, event in await announced(nc)].count("uploads/given up")

    async with Store.connect(seaweed.settings) as store:
        reconciler = Reconciler(store, js, repeat_s=0.0)
        await reconciler.compare()
        await reconciler.compare()
        assert await times_announced() == 1

        waiting = (await js.stream_info("BUCKET")).state.messages
        while waiting:
            for message in await queue.fetch(waiting, timeout=PATIENCE_S):
                await message.ack_sync()
                waiting -= 1
        await reconciler.compare()
        assert await times_announced() == 2

        async with ingesting(seaweed):
            await until_ingested(nc, "uploads/given up")
        await reconciler.compare()
        assert await times_announced() == 2
    await queue.unsubscribe()


async def test_an_asset_has_one_fact_however_often_it_is_announced(
    nc: Client, seaweed: Seaweed, s3: "S3Client"
) -> None:
    await s3.put_object(Bucket="media", Key="uploads/again", Body=b"a")
    head = await s3.head_object(Bucket="media", Key="uploads/again")
    fact = asset_of("media", "uploads/again", 1, head["ETag"].strip('"'))
    js = nc.jetstream()
    # Without a message id, as if the window in which the stream itself knows a message again were over.
    await js.publish(fact.subject, encode(fact))

    async with ingesting(seaweed):
        await announce(js, SUBJECT_LISTING, fact.original)
        await announce(js, SUBJECT_LISTING, fact.original, repeats=1)
        await s3.put_object(Bucket="media", Key="uploads/last", Body=b"a")
        await announce(js, SUBJECT_LISTING, msgspec.structs.replace(fact.original, key="uploads/last"))
        await until_ingested(nc, "uploads/last")

    assert [known.original.key for known in await ingested(nc)] == ["uploads/again", "uploads/last"]


@pytest.mark.parametrize("way", [feeding, reconciling])
async def test_any_key_survives_the_way_from_the_bucket_to_the_fact(
    nc: Client, seaweed: Seaweed, s3: "S3Client", way: Callable[[Seaweed], Callable[[Client], Awaitable[None]]]
) -> None:
    names = [
        "with space",
        "quote\"s 'n",
        "привет",
        "🦔",
        "a+b",
        "100%",
        "%41%2B",
        "\u202egnp.\u200f",
        "a&b=c?d#e;f",
        "t\tab",
        "n\nl",
    ]
    keys = {f"uploads/{way.__name__}/{name}.mp4" for name in names}
    for key in keys:
        await s3.put_object(Bucket="media", Key=key, Body=b"a")

    async with working(nc, way(seaweed)), ingesting(seaweed):
        facts = await until_ingested(nc, *keys)

    assert sorted(fact.original.key for fact in facts) == sorted(keys)


@asynccontextmanager
async def putting(s3: "S3Client") -> AsyncIterator[list[str]]:
    """Put one object after the other; what is yielded grows by the keys that the store acknowledged."""
    stored: list[str] = []

    async def put() -> None:
        for number in count():
            with suppress(ClientError, BotoCoreError):
                await s3.put_object(Bucket="media", Key=f"uploads/killed/{number}", Body=b"a")
                stored.append(f"uploads/killed/{number}")
            await asyncio.sleep(0.01)

    writer = asyncio.create_task(put())
    try:
        yield stored
    finally:
        await end({writer})


async def until_longer(stored: list[str]) -> None:
    wanted = len(stored) + 20

    async def longer() -> bool:
        return len(stored) >= wanted

    await until(longer)


async def test_nothing_is_lost_when_the_store_is_killed(nc: Client, seaweed: Seaweed, s3: "S3Client") -> None:
    async with ingesting(seaweed), working(nc, reconciling(seaweed)):
        async with putting(s3) as stored:
            async with working(nc, feeding(seaweed)):
                await until_longer(stored)
                await seaweed.kill()
                await seaweed.start()
                await until_longer(stored)
            # From here on without a feed; and the filer forgets these in its log, though not in its listing.
            await until_longer(stored)
            await seaweed.kill()
            await seaweed.start()
        facts = await until_ingested(nc, *stored)

    assert sorted(fact.original.key for fact in facts) == sorted(stored)
