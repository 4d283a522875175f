"""A standard original is its own best rung, playable without encoding; of any other it is said why it is not."""

import io
from pathlib import Path
from typing import Any

import av
import httpx
import pytest
from nats.aio.client import Client

from contracts.keys import asset_prefix, init_key, manifest_key, multivariant_key, playlist_key, segment_key
from contracts.v1 import AnyFact, AssetFailed, AssetPackaged, AssetPlanned, AssetReady, ChunkEncoded, CopyRefused
from infra.local.stack import Stack
from services.runtime.store import Store
from tests.asking import bearer, in_state
from tests.media import claim_key_picture, make_clip, shown
from tests.watch import facts_until, id_of, made

pytestmark = pytest.mark.usefixtures("services")

FRAMES = 400
GROUPS = {"preset": "veryfast", "x264-params": "keyint=48:min-keyint=48:scenecut=0"}


async def processed(store: Store, nc: Client, clip: Path) -> tuple[str, list[AnyFact]]:
    key = f"uploads/remux/{clip.name}"
    await store.put(key, clip.read_bytes(), content_type="video/mp4")
    asset_id = await id_of(store, key)
    return asset_id, await facts_until(nc, asset_id, AssetReady)


async def told(stack: Stack, asset_id: str) -> dict[str, Any]:
    """Return what the gateway tells of a ready asset."""
    base = stack.running.gateway_url
    async with httpx.AsyncClient(base_url=base, headers=bearer(stack.admin_key), timeout=60, trust_env=False) as http:
        return await in_state(http, asset_id, "ready")


def coded(data: bytes | Path) -> list[bytes]:
    with av.open(str(data) if isinstance(data, Path) else io.BytesIO(data), "r") as container:
        return [bytes(packet) for packet in container.demux(container.streams.video[0]) if packet.size]


async def test_a_standard_original_becomes_its_own_best_rung(
    tmp_path: Path, nc: Client, store: Store, stack: Stack
) -> None:
    clip = make_clip(
        tmp_path / "standard.mp4", width=1280, height=720, frames=FRAMES, options=GROUPS, beeps_s=[1.0, 9.0]
    )

    asset_id, facts = await processed(store, nc, clip)

    (plan,) = [fact for fact in facts if isinstance(fact, AssetPlanned)]
    assert plan.non_standard_input == []
    assert plan.copied is not None
    assert plan.copied.segments == [96, 96, 96, 112]
    assert [rung.name for rung in plan.rungs] == ["720p", "480p", "360p"]
    parts = [fact.part for fact in facts if isinstance(fact, ChunkEncoded)]
    assert len(parts) == len(set(parts)) == plan.planned_parts
    copies = {f"copy-{chunk.index:05d}" for chunk in plan.copied.chunks}
    assert {part for part in parts if part.startswith("copy")} == copies

    name = asset_id, plan.recipe, "video/720p"
    keys = [init_key(*name), *(segment_key(*name, number) for number in range(4))]
    data = b"".join([await store.get(key) for key in keys])
    assert coded(data) == coded(clip)
    with av.open(io.BytesIO(data), "r") as container:
        assert [number for _, number in shown(container)] == list(range(FRAMES))
    playlist = (await store.get(playlist_key(*name))).decode()
    assert playlist.count("#EXTINF:3.840000,") == 3
    assert "#EXT-X-TARGETDURATION:5" in playlist
    assert playlist.rstrip().endswith("#EXT-X-ENDLIST")
    packaged = next(fact for fact in facts if isinstance(fact, AssetPackaged))
    top = packaged.renditions[0]
    assert (top.rendition, top.width, top.height, top.segments, top.duration_s) == ("video/720p", 1280, 720, 4, 16.0)
    multivariant = (await store.get(multivariant_key(asset_id, plan.recipe))).decode()
    assert f'CODECS="{top.codecs},mp4a.40.2",RESOLUTION=1280x720' in multivariant
    assert b'segmentAlignment="false"' not in await store.get(manifest_key(asset_id, plan.recipe))
    assert (await told(stack, asset_id))["non_standard_input"] == []


async def test_an_original_of_the_lowest_size_is_ready_without_any_picture_encoded(
    tmp_path: Path, nc: Client, store: Store
) -> None:
    clip = make_clip(tmp_path / "small.mp4", width=320, height=180, frames=FRAMES, options=GROUPS)

    asset_id, facts = await processed(store, nc, clip)

    (plan,) = [fact for fact in facts if isinstance(fact, AssetPlanned)]
    assert plan.copied is not None
    copies = {f"copy-{chunk.index:05d}" for chunk in plan.copied.chunks}
    assert {fact.part for fact in facts if isinstance(fact, ChunkEncoded)} == copies
    folder = asset_prefix(asset_id, plan.recipe)
    assert {key.removeprefix(folder).split("/")[1] for key in await made(store, asset_id) if "/video/" in key} == {
        "180p"
    }


async def test_an_original_that_is_not_what_its_index_says_is_encoded_after_all(
    tmp_path: Path, nc: Client, store: Store, stack: Stack
) -> None:
    options = {"preset": "veryfast", "x264-params": "keyint=25:min-keyint=25:scenecut=0:bframes=0"}
    clip = make_clip(tmp_path / "odd-index.mp4", width=320, height=180, frames=300, options=options, beeps_s=[1.0])
    claim_key_picture(clip, 201, instead=206)

    asset_id, facts = await processed(store, nc, clip)

    first, again = [fact for fact in facts if isinstance(fact, AssetPlanned)]
    (refused,) = [fact for fact in facts if isinstance(fact, CopyRefused)]
    assert (refused.recipe, refused.part, refused.code) == (first.recipe, "copy", "index_not_true")
    assert (first.non_standard_input, again.non_standard_input) == ([], ["index_not_true"])
    assert not any(isinstance(fact, AssetFailed) for fact in facts)
    assert {fact.recipe for fact in facts if isinstance(fact, AssetPackaged | AssetReady)} == {again.recipe}
    assert (await told(stack, asset_id))["non_standard_input"] == ["index_not_true"]
    name = asset_id, again.recipe, "video/180p"
    data = b"".join([await store.get(init_key(*name)), *[await store.get(segment_key(*name, n)) for n in range(3)]])
    with av.open(io.BytesIO(data), "r") as container:
        assert [number for _, number in shown(container)] == list(range(300))


async def test_of_any_other_original_it_is_said_why(tmp_path: Path, nc: Client, store: Store, stack: Stack) -> None:
    options = {"preset": "veryfast", "x264-params": "keyint=250:min-keyint=250:scenecut=0:ref=1"}
    clip = make_clip(
        tmp_path / "odd.mp4", width=320, height=180, frames=150, options=options, rotation=90, pixel_format="yuv422p"
    )

    asset_id, facts = await processed(store, nc, clip)

    (plan,) = [fact for fact in facts if isinstance(fact, AssetPlanned)]
    assert plan.copied is None
    assert plan.non_standard_input == ["video_profile", "pixel_format", "rotation", "key_frame_interval"]
    assert (await told(stack, asset_id))["non_standard_input"] == plan.non_standard_input
