"""However an object comes into the bucket, it becomes a ready asset; nobody has to tell the gateway."""

import asyncio
import os
import subprocess
import sys
import urllib.request
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.config import Config
from nats.aio.client import Client

from contracts.keys import asset_prefix, init_key, multivariant_key, segment_key
from contracts.v1 import AssetFailed, AssetPackaged, AssetPlanned, AssetPlayable, AssetReady, ChunkEncoded
from services.runtime.settings import Settings
from services.runtime.store import Store
from tests.hls import attributes, broken_promises, tags
from tests.media import make_clip
from tests.watch import facts_until, id_of, made, outcome

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

pytestmark = pytest.mark.usefixtures("services")


@pytest.fixture
def s3(settings: Settings) -> "S3Client":
    return boto3.client(
        "s3",
        endpoint_url=settings.store_url,
        region_name=settings.store_region,
        aws_access_key_id=settings.store_access_key,
        aws_secret_access_key=settings.store_secret_key.get_secret_value(),
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return make_clip(tmp_path / "clip.mp4", width=640, height=360, frames=150, beeps_s=[1.0, 4.5])


async def test_a_plain_put_becomes_a_ready_asset(s3: "S3Client", clip: Path, nc: Client, store: Store) -> None:
    await asyncio.to_thread(s3.upload_file, str(clip), store.bucket, "uploads/plain.mp4")
    asset_id = await id_of(store, "uploads/plain.mp4")
    facts = await facts_until(nc, asset_id, AssetReady)
    kinds = [fact.kind() for fact in facts]
    assert kinds[:3] == ["asset.ingested", "asset.probed", "asset.planned"]
    assert kinds.index("asset.playable") < kinds.index("asset.packaged") < kinds.index("asset.ready")
    assert [kind for kind in kinds if kind.startswith("asset.")] == [
        "asset.ingested", "asset.probed", "asset.planned", "asset.playable", "asset.packaged", "asset.ready",
    ]  # fmt: skip
    await check_output(facts[-1], [fact for fact in facts if isinstance(fact, ChunkEncoded)], store)


async def test_a_finished_asset_keeps_every_promise_of_hls(tmp_path: Path, nc: Client, store: Store) -> None:
    # Two rungs, two chunks, and a rate at which neither pictures nor sound end on whole seconds.
    clip = make_clip(
        tmp_path / "film.mp4", width=854, height=480, rate=Fraction(24_000, 1001), frames=230, beeps_s=[1.0, 8.0]
    )
    await store.put("uploads/film.mp4", clip.read_bytes(), content_type="video/mp4")
    ready = await outcome(nc, await id_of(store, "uploads/film.mp4"))
    assert isinstance(ready, AssetReady)
    objects = {key: await store.get(key) for key in await made(store, ready.asset_id)}
    assert broken_promises(objects, ready.hls_key) == []
    offered = [attributes(own)["URI"] for own in tags(objects[ready.hls_key].decode(), "EXT-X-I-FRAME-STREAM-INF")]
    assert offered == ["video/480p/iframes.m3u8", "video/360p/iframes.m3u8"]


async def check_output(ready: object, chunks: list[ChunkEncoded], store: Store) -> None:
    assert isinstance(ready, AssetReady)
    objects = await made(store, ready.asset_id)
    assert {ready.hls_key, ready.dash_key, ready.poster_key, ready.storyboard_key} <= set(objects)
    for chunk in chunks:
        for rendition in chunk.renditions:
            assert init_key(ready.asset_id, ready.recipe, rendition.rendition) in objects
            for segment in rendition.segments:
                key = segment_key(ready.asset_id, ready.recipe, rendition.rendition, segment.number)
                assert objects[key].size_bytes == segment.size_bytes
    assert all(key.startswith(asset_prefix(ready.asset_id, ready.recipe)) for key in objects)


async def test_a_multipart_copy_by_the_aws_command_becomes_a_ready_asset(
    clip: Path, tmp_path: Path, nc: Client, store: Store, settings: Settings
) -> None:
    # Padding in a free box makes the file large enough for several parts of 5 MiB.
    padded = tmp_path / "padded.mp4"
    padding = 12 << 20
    padded.write_bytes(clip.read_bytes() + (padding + 8).to_bytes(4, "big") + b"free" + bytes(padding))
    config = tmp_path / "aws.ini"
    config.write_text(
        "[default]\ns3 =\n  multipart_threshold = 5MB\n  multipart_chunksize = 5MB\n  addressing_style = path\n"
    )
    command = [
        str(Path(sys.executable).with_name("aws")),
        *("--endpoint-url", settings.store_url, "--region", settings.store_region),
        *("s3", "cp", "--only-show-errors", str(padded), f"s3://{store.bucket}/uploads/copied.mp4"),
    ]
    environment = os.environ | {
        "AWS_CONFIG_FILE": str(config),
        "AWS_ACCESS_KEY_ID": settings.store_access_key,
        "AWS_SECRET_ACCESS_KEY": settings.store_secret_key.get_secret_value(),
    }
    await asyncio.to_thread(subprocess.run, command, env=environment, check=True)
    stored = await store.head("uploads/copied.mp4")
    assert stored is not None
    assert stored.etag.endswith("-3")
    assert isinstance(await outcome(nc, await id_of(store, "uploads/copied.mp4")), AssetReady)


async def test_a_presigned_put_becomes_a_ready_asset(s3: "S3Client", clip: Path, nc: Client, store: Store) -> None:
    key = "uploads/presigned.mp4"
    url = s3.generate_presigned_url("put_object", Params={"Bucket": store.bucket, "Key": key}, ExpiresIn=60)
    request = urllib.request.Request(url, data=clip.read_bytes(), method="PUT")
    await asyncio.to_thread(urllib.request.urlopen, request)
    assert isinstance(await outcome(nc, await id_of(store, key)), AssetReady)


async def test_an_uploads_metadata_decides_how_it_is_encoded(
    s3: "S3Client", clip: Path, nc: Client, store: Store
) -> None:
    key = "uploads/best.mp4"
    extra = {"Metadata": {"headrace-profile": "best"}}
    await asyncio.to_thread(s3.upload_file, str(clip), store.bucket, key, ExtraArgs=extra)
    facts = await facts_until(nc, await id_of(store, key), AssetReady)
    (plan,) = [fact for fact in facts if isinstance(fact, AssetPlanned)]
    assert plan.preset == "slow"
    first = await store.get(segment_key(plan.asset_id, plan.recipe, f"video/{plan.rungs[0].name}", 0))
    # x264 writes its options into the first picture; this is what its preset slow sets and no faster one does.
    assert b" subme=8 " in first


async def test_an_upload_with_an_unknown_profile_fails(s3: "S3Client", clip: Path, nc: Client, store: Store) -> None:
    key = "uploads/slowest.mp4"
    extra = {"Metadata": {"headrace-profile": "slowest"}}
    await asyncio.to_thread(s3.upload_file, str(clip), store.bucket, key, ExtraArgs=extra)
    failed = await outcome(nc, await id_of(store, key))
    assert isinstance(failed, AssetFailed)
    assert (failed.code, failed.service) == ("unknown_profile", "plan")
    assert "fast, balanced or best" in failed.message


async def test_ten_files_dropped_at_once_all_become_ready(tmp_path: Path, nc: Client, store: Store) -> None:
    keys = [f"uploads/ten/{number}.mp4" for number in range(10)]
    bodies = [
        make_clip(tmp_path / f"{number}.mp4", frames=40 + number, rate=Fraction(25), beeps_s=[0.5]).read_bytes()
        for number in range(10)
    ]
    await asyncio.gather(
        *(store.put(key, body, content_type="video/mp4") for key, body in zip(keys, bodies, strict=True))
    )
    ends = await asyncio.gather(*[outcome(nc, await id_of(store, key)) for key in keys])
    assert [type(end) for end in ends] == [AssetReady] * 10


async def test_the_same_file_twice_under_one_key_is_one_asset_and_under_two_keys_two(
    clip: Path, nc: Client, store: Store
) -> None:
    for key in ("uploads/twice.mp4", "uploads/twice.mp4", "uploads/again.mp4"):
        await store.put(key, clip.read_bytes(), content_type="video/mp4")
    first, second = await id_of(store, "uploads/twice.mp4"), await id_of(store, "uploads/again.mp4")
    assert first != second
    for asset_id in (first, second):
        facts = await facts_until(nc, asset_id, AssetReady)
        assert [fact.kind() for fact in facts].count("asset.ingested") == 1


async def test_it_is_playable_before_it_is_packaged(tmp_path: Path, nc: Client, store: Store) -> None:
    clip = make_clip(tmp_path / "long.mp4", width=320, height=180, frames=25 * 30, beeps_s=[1.0])
    await store.put("uploads/long.mp4", clip.read_bytes(), content_type="video/mp4")
    asset_id = await id_of(store, "uploads/long.mp4")
    playable = (await facts_until(nc, asset_id, AssetPlayable))[-1]
    assert isinstance(playable, AssetPlayable)
    growing = (await store.get(multivariant_key(asset_id, playable.recipe))).decode()
    assert "video/180p/playlist.m3u8" in growing
    assert "audio/main/playlist.m3u8" in growing
    facts = await facts_until(nc, asset_id, AssetPackaged)
    encoded = [fact for fact in facts if isinstance(fact, ChunkEncoded)]
    (plan,) = [fact for fact in facts if isinstance(fact, AssetPlanned)]
    assert {fact.chunk for fact in encoded} == {chunk.index for chunk in plan.chunks}
    finished = (await store.get(f"{asset_prefix(asset_id, playable.recipe)}video/180p/playlist.m3u8")).decode()
    assert finished.rstrip().endswith("#EXT-X-ENDLIST")
    assert isinstance(await outcome(nc, asset_id), AssetReady)
