"""What an encode task costs the second time, when its first worker died: on a real log, store and work queue."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from nats.js import JetStreamContext

from contracts.base import Message
from contracts.codec import encode
from contracts.keys import segment_key
from contracts.v1 import Chunk, ChunkEncoded, EncodeVideo, Grid, Original, Rational, Rung
from services.ladder_encode import app
from services.ladder_encode.app import EncodeSettings
from services.probe.media import read_probe
from services.runtime.children import MediaChildren
from services.runtime.log import FactLog
from services.runtime.publish import Publisher
from services.runtime.settings import Settings
from services.runtime.store import Store
from tests.media import make_clip
from tests.watch import made

RENDITION = "video/90p"
SEGMENTS = 6


@pytest.fixture
async def task(tmp_path: Path, store: Store, js: JetStreamContext, clean_streams: None) -> EncodeVideo:
    """Return a task of six segments whose original lies in the store; it is in the queue."""
    clip = make_clip(tmp_path / "clip.mp4", frames=60 * SEGMENTS)
    original = Original(bucket=store.bucket, key=f"uploads/{tmp_path.name}.mp4", size_bytes=0, etag="")
    await store.put(original.key, clip.read_bytes(), content_type="video/mp4")
    task = EncodeVideo(
        asset_id=tmp_path.name.replace("_", "-"),
        recipe="r",
        original=original,
        lane="bulk",
        part="video-00000",
        grid=Grid(frame_rate=Rational(25, 1), frames=60 * SEGMENTS, segment_frames=60, gop_frames=30),
        chunk=Chunk(index=0, first_frame=0, end_frame=60 * SEGMENTS),
        source=read_probe(str(clip), clip.stat().st_size).video[0],
        rungs=[Rung(name="90p", width=160, height=90, bitrate_bps=600_000)],
    )
    await js.publish(task.subject, encode(task))
    return task


@asynccontextmanager
async def worker(settings: Settings) -> AsyncIterator[None]:
    """Run an encoder in this process; at the end it is gone, and what it had in hand comes back."""
    service = app.build(EncodeSettings.model_validate(settings.model_dump() | {"encode_concurrency": 1}))
    async with service.app.start_lifespan_context():
        yield


async def queue_is_empty(js: JetStreamContext) -> None:
    async with asyncio.timeout(60):
        while (await js.stream_info("TASKS")).state.messages:
            await asyncio.sleep(0.02)


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the keys that are written, as they are."""
    written, put = [], Store.put

    async def putting(self: Store, key: str, body: bytes, **how: Any) -> str:
        etag = await put(self, key, body, **how)
        written.append(key)
        return etag

    monkeypatch.setattr(Store, "put", putting)
    return written


@pytest.fixture
def encodings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of what media children are asked to do."""
    begun, stream = [], MediaChildren.stream

    def streaming(self: MediaChildren, function: Any, *args: Any, **how: Any) -> Any:
        begun.append(function.__name__)
        return stream(self, function, *args, **how)

    monkeypatch.setattr(MediaChildren, "stream", streaming)
    return begun


async def test_a_worker_that_died_in_the_middle_has_its_segments_kept(
    task: EncodeVideo, settings: Settings, store: Store, js: JetStreamContext, written: list[str], encodings: list[str]
) -> None:
    held, putting = asyncio.Event(), Store.put
    third = segment_key(task.asset_id, task.recipe, RENDITION, 2)

    async def put_until_the_third(self: Store, key: str, body: bytes, **how: Any) -> str:
        if key >= third and key.endswith(".m4s"):
            held.set()
            await asyncio.Event().wait()
        return await putting(self, key, body, **how)

    with pytest.MonkeyPatch.context() as dying:
        dying.setattr(Store, "put", put_until_the_third)
        async with worker(settings):
            await asyncio.wait_for(held.wait(), 60)
            async with asyncio.timeout(60):
                while len(written) < 3:
                    await asyncio.sleep(0.02)
    before = {key: found.etag for key, found in (await made(store, task.asset_id)).items()}
    assert len(before) == 3
    written.clear()

    async with worker(settings):
        await queue_is_empty(js)

    after = await made(store, task.asset_id)
    assert set(written) == set(after) - set(before)
    assert len(written) == SEGMENTS - 2
    assert {key: after[key].etag for key in before} == before
    (fact,) = await FactLog(js).facts(task.asset_id, ChunkEncoded)
    assert [segment.number for segment in fact.renditions[0].segments] == list(range(SEGMENTS))
    for segment in fact.renditions[0].segments:
        body = await store.get(segment_key(task.asset_id, task.recipe, RENDITION, segment.number))
        assert hashlib.sha256(body).hexdigest() == segment.sha256
    assert encodings == ["encode_video"] * 2


async def test_a_worker_that_died_between_fact_and_ack_has_its_work_kept(
    task: EncodeVideo, settings: Settings, js: JetStreamContext, written: list[str], encodings: list[str]
) -> None:
    stated, publish = asyncio.Event(), Publisher.__call__

    async def publish_and_hang(self: Publisher, message: Message) -> None:
        await publish(self, message)
        stated.set()
        await asyncio.Event().wait()

    with pytest.MonkeyPatch.context() as dying:
        dying.setattr(Publisher, "__call__", publish_and_hang)
        async with worker(settings):
            await asyncio.wait_for(stated.wait(), 60)
    assert (await js.stream_info("TASKS")).state.messages == 1
    assert encodings == ["encode_video"]
    written.clear()

    async with worker(settings):
        await queue_is_empty(js)

    assert encodings == ["encode_video"]
    assert written == []
    subjects = (
        await js.stream_info("MEDIA", subjects_filter=ChunkEncoded.subject_filter(task.asset_id))
    ).state.subjects
    assert list((subjects or {}).values()) == [1]
