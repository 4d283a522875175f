"""A download on the real store: bounded parts, one object, made once."""

from collections.abc import AsyncIterator
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import av
import pytest
from nats.js import JetStreamContext

from contracts.keys import init_key, segment_key
from contracts.v1 import RemuxRung
from services.remux.decide import key_of
from services.remux.handler import remux_rung
from services.runtime.children import MediaChildren
from services.runtime.confinement import Confinement, port_of
from services.runtime.log import FactLog
from services.runtime.settings import Settings
from services.runtime.store import Store
from tests.media import make_clip
from tests.unit.ladder_encode import delivery


@pytest.fixture
async def children(settings: Settings) -> AsyncIterator[MediaChildren]:
    children = MediaChildren(
        "services.remux.media", memory_bytes=1 << 30, confinement=Confinement(ports=[port_of(settings.store_url)])
    )
    yield children
    await children.close()


async def stored(store: Store, name: str, rendition: delivery.Delivered) -> int:
    own = ("a", "r", name)
    await store.put(init_key(*own), rendition.headers[0].init, content_type="video/mp4")
    for segment in rendition.segments:
        await store.put(segment_key(*own, segment.number), segment.data, content_type="video/mp4")
    return len(rendition.segments)


async def test_a_rung_becomes_one_file_and_is_not_made_twice(
    clean_streams: None, js: JetStreamContext, store: Store, children: MediaChildren, tmp_path: Path
) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=100, beeps_s=[1.0])
    (video,), audio = delivery.delivered_video(clip).values(), delivery.delivered_audio(clip)
    task = RemuxRung(
        asset_id="a",
        recipe="r",
        original=delivery.ORIGINAL,
        request="q",
        rung="90p",
        video="video/90p",
        video_segments=await stored(store, "video/90p", video),
        audio="audio/main",
        audio_segments=await stored(store, "audio/main", audio),
        duration_s=4.0,
    )
    # A worker that died in the middle left this.
    await store.multipart.begin(key_of(task), content_type="video/mp4", metadata={})
    made = await remux_rung(task, store, children, FactLog(js))
    assert made is not None
    body = await store.get(made.key)
    assert len(body) == made.size_bytes
    with av.open(BytesIO(body), "r") as container:
        assert {stream.type for stream in container.streams} == {"video", "audio"}
        times = [frame.time for frame in container.decode(video=0)]
    assert times == [float(Fraction(n, 25)) for n in range(100)]
    before = await store.head(made.key)
    assert await remux_rung(task, store, children, FactLog(js)) == made
    assert await store.head(made.key) == before
    assert [found async for found in store.multipart.begun("assets/a/")] == []
