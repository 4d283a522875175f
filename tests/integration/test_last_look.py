"""Outputs that are spoilt before an asset is ready, on the real log, store and queue: made once more, or given up."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random
from typing import Any

import av
import pytest
from nats.js import JetStreamContext

from contracts.codec import encode
from contracts.v1 import (
    AssetFailed,
    AssetPlanned,
    AssetProbed,
    AssetReady,
    ChunkEncoded,
    CopyRefused,
    Fact,
    Original,
    OutputRefused,
)
from services.dispatch import app as dispatch
from services.dispatch.settings import DispatchSettings
from services.finalize import app as finalize
from services.ladder_encode import app as ladder_encode
from services.ladder_encode import handler as encoding_handler
from services.ladder_encode.app import EncodeSettings
from services.package import app as package
from services.plan import app as plan
from services.plan.app import PlanSettings
from services.probe.media import read_probe
from services.runtime.log import FactLog
from services.runtime.settings import Settings
from services.runtime.store import Store
from services.thumbnail import app as thumbnail
from tests import faulty_encoders
from tests.media import make_clip
from tests.serving import running
from tests.watch import PATIENCE_S

SEGMENT, PLAYLIST, POSTER = "video/90p/00001.m4s", "video/90p/playlist.m3u8", "poster.jpg"
Spoil = Callable[[str, bytes], bytes]
Became = Callable[[AssetProbed], Awaitable[list[Fact]]]


@pytest.fixture
async def services(settings: Settings, clean_streams: None) -> AsyncIterator[None]:
    """Run in this process everything between a probe and a ready asset."""
    encoding = EncodeSettings.model_validate(settings.model_dump() | {"encode_concurrency": 1})
    planning = PlanSettings.model_validate(settings.model_dump())
    encoder = ladder_encode.build(encoding)
    # Children read code before they are confined, and none later.
    encoder._media_modules = (*encoder._media_modules, faulty_encoders.__name__)
    async with AsyncExitStack() as stack:
        for service in (
            plan.build(planning),
            dispatch.build(DispatchSettings.model_validate(settings.model_dump())),
            encoder,
            package.build(settings),
            thumbnail.build(settings),
            finalize.build(settings),
        ):
            await stack.enter_async_context(running(service))
        yield


async def probe_of(clip: Path, store: Store, asset_id: str) -> AssetProbed:
    """Return what is found in an original that lies in the store."""
    key = f"uploads/{asset_id}/{clip.name}"
    etag = await store.put(key, clip.read_bytes(), content_type="video/mp4")
    size_bytes = clip.stat().st_size
    original = Original(bucket=store.bucket, key=key, size_bytes=size_bytes, etag=etag)
    return AssetProbed(asset_id=asset_id, original=original, probe=read_probe(str(clip), size_bytes))


@pytest.fixture
async def probed(tmp_path: Path, store: Store) -> AssetProbed:
    """Return an original of three segments with sound, all of which must be encoded."""
    options = {"x264-params": "keyint=250:min-keyint=250:scenecut=0"}
    clip = make_clip(tmp_path / "clip.mkv", frames=225, beeps_s=[1.0], audio_codec="mp3", options=options)
    return await probe_of(clip, store, tmp_path.name.replace("_", "-"))


@pytest.fixture
async def damaged(tmp_path: Path, store: Store) -> AssetProbed:
    """Return an original that could be copied, but for a key picture of which only the beginning is left."""
    options = {"preset": "veryfast", "x264-params": "keyint=25:min-keyint=25:scenecut=0"}
    clip = make_clip(tmp_path / "clip.mp4", frames=110, options=options)
    with av.open(str(clip)) as container:
        picture = next(packet for packet in container.demux(video=0) if packet.is_keyframe and packet.pts)
    assert picture.pos is not None
    begin, end = picture.pos + picture.size // 4, picture.pos + picture.size
    data = clip.read_bytes()
    clip.write_bytes(data[:begin] + Random(0).randbytes(end - begin) + data[end:])
    return await probe_of(clip, store, tmp_path.name.replace("_", "-"))


def spoiling(monkeypatch: pytest.MonkeyPatch, name: str, spoil: Spoil, times: int) -> list[str]:
    """Spoil what is written under keys with this end, so many times; return the keys that were written."""
    written: list[str] = []
    put = Store.put

    async def putting(self: Store, key: str, body: bytes, **how: Any) -> str:
        own = spoil(key, body) if key.endswith(name) else body
        if own != body and written.count(key) < times:
            written.append(key)
            return await put(self, key, own, **how)
        return await put(self, key, body, **how)

    monkeypatch.setattr(Store, "put", putting)
    return written


def overwriting(monkeypatch: pytest.MonkeyPatch, name: str, spoil: Spoil) -> list[str]:
    """Overwrite an object just when it is read for the first time; return its key.

    While an asset grows, every replica that packages it would put a playlist right again.
    """
    written: list[str] = []
    get = Store.get

    async def getting(self: Store, key: str) -> bytes:
        body = await get(self, key)
        if key.endswith(name) and not written:
            written.append(key)
            await self.put(key, spoil(key, body), content_type="application/vnd.apple.mpegurl")
        return await get(self, key)

    monkeypatch.setattr(Store, "get", getting)
    return written


def flipped(_: str, body: bytes) -> bytes:
    return body[:-1] + bytes([body[-1] ^ 0xFF])


def lying(_: str, body: bytes) -> bytes:
    return body.replace(b"#EXTINF:4.0", b"#EXTINF:3.9")


def emptied(_: str, body: bytes) -> bytes:
    return b""


@pytest.fixture
def became(services: None, js: JetStreamContext) -> Became:
    """Return what has an original processed, and returns the facts in the order of the log, up to how it ended."""

    async def became(probed: AssetProbed) -> list[Fact]:
        log, over = FactLog(js), (AssetReady, AssetFailed)
        await js.publish(probed.subject, encode(probed))
        async with asyncio.timeout(PATIENCE_S):
            while not await log.facts(probed.asset_id, *over):
                await asyncio.sleep(0.05)
        return await log.facts(probed.asset_id, AssetPlanned, ChunkEncoded, OutputRefused, CopyRefused, *over)

    return became


def only(facts: list[Fact], kind: type[Fact]) -> Any:
    (fact,) = [fact for fact in facts if isinstance(fact, kind)]
    return fact


def remade(facts: list[Fact]) -> list[str]:
    return sorted(fact.part for fact in facts if isinstance(fact, ChunkEncoded) and fact.remake)


async def test_a_segment_with_other_bytes_of_the_same_length_is_made_once_more(
    became: Became, probed: AssetProbed, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = spoiling(monkeypatch, SEGMENT, flipped, times=1)

    facts = await became(probed)

    assert len(written) == 1
    refused = only(facts, OutputRefused)
    assert [(flaw.code, flaw.key) for flaw in refused.flaws] == [("output_damaged", written[0])]
    # Nothing else was encoded again.
    assert remade(facts) == refused.shares == ["video-00001"]
    assert isinstance(facts[-1], AssetReady)


async def test_a_segment_that_is_wrong_whenever_it_is_made_fails_the_asset(
    became: Became, probed: AssetProbed, js: JetStreamContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = spoiling(monkeypatch, SEGMENT, flipped, times=9)

    facts = await became(probed)

    assert len(written) == 2
    failed = only(facts, AssetFailed)
    assert (failed.code, failed.service, failed.recipe) == (
        "output_damaged",
        "finalize",
        only(facts, AssetPlanned).recipe,
    )
    assert "It was made twice" in failed.message
    assert not [fact for fact in facts if isinstance(fact, AssetReady)]
    letters = await js.get_last_msg("DEAD", "dead.v1.permanent.finalize")
    assert failed.asset_id.encode() in (letters.data or b"")


async def test_a_playlist_that_was_overwritten_is_written_once_more(
    became: Became, probed: AssetProbed, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = overwriting(monkeypatch, PLAYLIST, lying)

    facts = await became(probed)

    refused = only(facts, OutputRefused)
    assert [(flaw.code, flaw.key) for flaw in refused.flaws] == [("playlist_invalid", written[0])]
    assert remade(facts) == refused.shares == []
    assert isinstance(facts[-1], AssetReady)
    assert b"EXTINF:4.0" in await store.get(written[0])


async def test_a_poster_that_is_empty_is_made_once_more(
    became: Became, probed: AssetProbed, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = spoiling(monkeypatch, POSTER, emptied, times=1)

    facts = await became(probed)

    assert only(facts, OutputRefused).pictures
    assert isinstance(facts[-1], AssetReady)
    assert await store.get(written[0])


@pytest.mark.parametrize(
    ("name", "instead", "found"),
    [
        ("encode_audio", faulty_encoders.late_sound, ("drift", "audio-0-00002")),
        ("encode_video", faulty_encoders.incomplete_video, ("frames_lost", "video-00000-head")),
    ],
)
async def test_an_encoder_with_a_defect_gets_a_second_chance_and_fails_the_asset(
    became: Became,
    probed: AssetProbed,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    instead: object,
    found: tuple[str, str],
) -> None:
    monkeypatch.setattr(encoding_handler, name, instead)

    facts = await became(probed)

    code, share = found
    assert only(facts, AssetFailed).code == code
    refused = only(facts, OutputRefused)
    assert {flaw.code for flaw in refused.flaws} == {code}
    assert share in refused.shares
    assert set(refused.shares) <= set(remade(facts))


async def test_an_original_that_was_copied_and_does_not_decode_is_encoded_instead(
    became: Became, damaged: AssetProbed
) -> None:
    facts = await became(damaged)

    copied, encoded = [fact for fact in facts if isinstance(fact, AssetPlanned)]
    assert (copied.copied is not None, encoded.copied) == (True, None)
    refused = only(facts, CopyRefused)
    assert (refused.recipe, refused.part, refused.code) == (copied.recipe, "copy", "copy_undecodable")
    assert encoded.non_standard_input == ["copy_undecodable"]
    assert only(facts, AssetReady).recipe == encoded.recipe
