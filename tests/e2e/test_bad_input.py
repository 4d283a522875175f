"""Whatever is dropped, it ends with a typed code and a sentence, and what is beside it goes on."""

import asyncio
import io
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from nats.aio.client import Client
from PIL import Image

from contracts.bucket import SUBJECT_FEED
from contracts.v1 import AssetFailed, AssetPlanned, AssetReady
from services.runtime.store import Store
from tests.media import make_clip
from tests.watch import PATIENCE_S, facts_until, id_of, outcome

pytestmark = pytest.mark.usefixtures("services")


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("clips")
    return make_clip(folder / "clip.mp4", width=320, height=180, frames=100, beeps_s=[1.0]).read_bytes()


def png() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(buffer, "PNG")
    return buffer.getvalue()


def huge_headers(clip: bytes) -> bytes:
    """Return the clip with 65535x65535 written into its track header and sample entry."""
    body = bytearray(clip)
    tkhd = body.index(b"tkhd")
    size = struct.unpack(">I", body[tkhd - 4 : tkhd])[0]
    body[tkhd - 4 + size - 8 : tkhd - 4 + size] = struct.pack(">II", 65535 << 16, 65535 << 16)
    avc1 = body.index(b"avc1", body.index(b"stsd"))
    body[avc1 + 28 : avc1 + 32] = struct.pack(">HH", 65535, 65535)
    return bytes(body)


def huge_pictures(folder: Path) -> bytes:
    """Return a clip whose only statement of its size is 65535x65535: raw pictures have no header of their own."""
    body = bytearray(make_clip(folder / "raw.avi", codec="rawvideo", frames=3).read_bytes())
    strf = body.index(b"strf")
    body[strf + 12 : strf + 20] = struct.pack("<II", 65535, 65535)
    return bytes(body)


def without_index(clip: bytes) -> bytes:
    """Return the clip cut off before its index, which is at its end."""
    return clip[: clip.index(b"moov") - 4]


BAD: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "zero.mp4": (lambda clip: b"", "empty_file"),
    "text.mp4": (lambda clip: b"Dear sir, please find my video attached.\n" * 100, "not_media"),
    "cut.mp4": (without_index, "truncated_file"),
    "picture.mov": (lambda clip: png(), "not_media"),
    "list.m3u8": (
        lambda clip: b"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nhttp://127.0.0.1:1/secret.ts\n#EXT-X-ENDLIST\n",
        "not_media",
    ),
    "script.ffconcat": (lambda clip: b"ffconcat version 1.0\nfile /etc/passwd\n", "not_media"),
    "script.mp4": (lambda clip: b"ffconcat version 1.0\nfile http://127.0.0.1:1/x.mp4\n", "not_media"),
}


@pytest.mark.parametrize("name", BAD)
async def test_a_bad_file_fails_with_its_code_and_its_neighbour_does_not(
    name: str, clip: bytes, nc: Client, store: Store
) -> None:
    make, code = BAD[name]
    good = f"uploads/beside/{name}-good.mp4"
    await store.put(good, clip, content_type="video/mp4")
    await store.put(f"uploads/bad/{name}", make(clip), content_type="video/mp4")
    failed = await outcome(nc, await id_of(store, f"uploads/bad/{name}"))
    assert isinstance(failed, AssetFailed)
    assert failed.code == code
    assert failed.message.endswith(".")
    assert isinstance(await outcome(nc, await id_of(store, good)), AssetReady)


async def test_pictures_too_large_to_decode_are_refused(nc: Client, store: Store, tmp_path: Path) -> None:
    await store.put("uploads/bad/huge.avi", huge_pictures(tmp_path), content_type="video/avi")
    failed = await outcome(nc, await id_of(store, "uploads/bad/huge.avi"))
    assert isinstance(failed, AssetFailed)
    assert failed.code in {"picture_too_large", "damaged_file"}


async def test_the_pictures_themselves_say_how_large_they_are_not_the_containers_headers(
    clip: bytes, nc: Client, store: Store
) -> None:
    await store.put("uploads/huge-headers.mp4", huge_headers(clip), content_type="video/mp4")
    facts = await facts_until(nc, await id_of(store, "uploads/huge-headers.mp4"), AssetReady)
    (plan,) = [fact for fact in facts if isinstance(fact, AssetPlanned)]
    assert [(rung.width, rung.height) for rung in plan.rungs] == [(320, 180)]


@pytest.mark.parametrize(
    "name",
    ["with space.mp4", "quo'te\"s.mp4", "Фильм.mp4", "🎬 emoji.mp4", "100%+plus&and?#.mp4", "line\u2028mark\u202e.mp4"],
)
async def test_any_name_is_an_ordinary_name(name: str, clip: bytes, nc: Client, store: Store) -> None:
    key = f"uploads/names/{name}"
    await store.put(key, clip, content_type="video/mp4")
    assert isinstance(await outcome(nc, await id_of(store, key)), AssetReady)


async def test_a_folder_marker_is_no_asset(clip: bytes, nc: Client, store: Store) -> None:
    await store.put("uploads/folder/", b"", content_type="application/x-directory")
    await store.put("uploads/folder/after.mp4", clip, content_type="video/mp4")
    assert isinstance(await outcome(nc, await id_of(store, "uploads/folder/after.mp4")), AssetReady)
    js = nc.jetstream()
    known = (await js.stream_info("MEDIA", subjects_filter="media.v1.asset.ingested.>")).state.subjects or {}
    payloads = [(await js.get_last_msg("MEDIA", subject)).data or b"" for subject in known]
    assert not [payload for payload in payloads if b'"uploads/folder/"' in payload]


async def test_a_notification_that_does_not_decode_is_parked(nc: Client, clip: bytes, store: Store) -> None:
    js = nc.jetstream()
    before = (await js.stream_info("DEAD")).state.messages
    await js.publish(SUBJECT_FEED, b"\xff not a notification")
    async with asyncio.timeout(PATIENCE_S):
        while (await js.stream_info("DEAD")).state.messages == before:
            await asyncio.sleep(0.05)
    await store.put("uploads/after-poison.mp4", clip, content_type="video/mp4")
    assert isinstance(await outcome(nc, await id_of(store, "uploads/after-poison.mp4")), AssetReady)


async def test_a_clip_cut_off_in_its_data_ends_in_one_way_or_the_other(
    tmp_path: Path, nc: Client, store: Store
) -> None:
    whole = make_clip(
        tmp_path / "front.mp4", width=320, height=180, frames=200, container_options={"movflags": "faststart"}
    ).read_bytes()
    await store.put("uploads/front.mp4", whole[: len(whole) * 2 // 3], content_type="video/mp4")
    end = await outcome(nc, await id_of(store, "uploads/front.mp4"))
    assert isinstance(end, AssetReady)
    assert 0 < end.duration_s < 8
