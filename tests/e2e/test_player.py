"""The output plays in a real browser, straight from the store, natively."""

import asyncio
from pathlib import Path

import httpx
import pytest
from nats.aio.client import Client
from playwright.async_api import Page

from contracts.policies import POLICY_METADATA
from contracts.v1 import AssetPlanned, AssetPlayable, AssetReady
from services.runtime.settings import Settings
from services.runtime.store import Store
from tests.asking import bearer, in_state
from tests.media import make_clip
from tests.watch import facts_until, id_of, outcome

pytestmark = pytest.mark.usefixtures("services")

PLAY = """
(url, origin = null) => new Promise((resolve, reject) => {
  const video = document.createElement("video");
  video.crossOrigin = origin;
  document.body.append(video);
  video.muted = true;
  video.onerror = () => reject(new Error(`${video.error.code}: ${video.error.message}`));
  video.ontimeupdate = () => video.currentTime > 1.5 && resolve({
    width: video.videoWidth, height: video.videoHeight, duration: video.duration, time: video.currentTime,
    audio: video.webkitAudioDecodedByteCount, frames: video.getVideoPlaybackQuality().totalVideoFrames,
  });
  video.src = url;
  video.play();
})
"""

# Chromium's own HLS gives up on a playlist that does not grow between two looks, so the growing one is followed by
# hand, as players with Media Source Extensions do it. Times count from the segments' origin of 10 s.
FOLLOW = """
async ([folder, renditions]) => {
  const video = document.createElement("video"), source = new MediaSource();
  document.body.append(video);
  video.muted = true;
  video.src = URL.createObjectURL(source);
  await new Promise(resolve => source.addEventListener("sourceopen", resolve, {once: true}));
  let reloads = 0, framesAtFirst = 0;
  const follow = async (buffer, rendition) => {
    const append = async name => {
      const answer = await fetch(`${folder}/${rendition}/${name}`);
      if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
      const updated = new Promise((resolve, reject) => { buffer.onupdateend = resolve; buffer.onerror = reject; });
      buffer.appendBuffer(await answer.arrayBuffer());
      await updated;
    };
    await append("init.mp4");
    for (let done = 0; ; ) {
      const text = await (await fetch(`${folder}/${rendition}/playlist.m3u8`, {cache: "no-store"})).text();
      const names = text.split("\\n").filter(line => line.endsWith(".m4s"));
      for (; done < names.length; done++) await append(names[done]);
      if (text.includes("#EXT-X-ENDLIST")) return;
      reloads += 1;
      await new Promise(resolve => setTimeout(resolve, 250));
    }
  };
  const all = Object.entries(renditions).map(([type, name]) => follow(source.addSourceBuffer(type), name));
  while (!video.buffered.length) await new Promise(resolve => setTimeout(resolve, 20));
  video.currentTime = video.buffered.start(0);
  await video.play();
  while (video.currentTime < 11.5) await new Promise(resolve => setTimeout(resolve, 20));
  framesAtFirst = video.getVideoPlaybackQuality().totalVideoFrames;
  await Promise.all(all);
  if (video.error) throw new Error(video.error.message);
  return {
    frames_at_first: framesAtFirst, reloads, ranges: video.buffered.length,
    start: video.buffered.start(0), end: video.buffered.end(video.buffered.length - 1),
  };
}
"""

SEEK_TO_END = """
() => new Promise((resolve, reject) => {
  const video = document.querySelector("video");
  video.ontimeupdate = null;
  video.onended = () => resolve(video.currentTime);
  video.onerror = () => reject(new Error(`${video.error.code}: ${video.error.message}`));
  video.currentTime = video.duration - 1;
})
"""


@pytest.mark.parametrize("options", [{}, {"preset": "veryfast", "g": "44"}], ids=["encoded", "copied"])
async def test_chromium_plays_the_finished_asset_and_seeks_to_its_end(
    page: Page, tmp_path: Path, nc: Client, store: Store, settings: Settings, options: dict[str, str]
) -> None:
    clip = make_clip(tmp_path / "play.mp4", width=640, height=360, frames=250, beeps_s=[0.5, 5.0], options=options)
    key = f"uploads/play-{len(options)}.mp4"
    await store.put(key, clip.read_bytes(), content_type="video/mp4")
    facts = await facts_until(nc, await id_of(store, key), AssetReady)
    (plan,) = [fact for fact in facts if isinstance(fact, AssetPlanned)]
    assert (plan.copied is not None) == bool(options)
    ready = facts[-1]
    assert isinstance(ready, AssetReady)
    played = await page.evaluate(PLAY, f"{settings.public_url}/{store.bucket}/{ready.hls_key}")
    assert (played["width"], played["height"]) == (640, 360)
    assert played["duration"] == pytest.approx(10, abs=0.1)
    assert played["frames"] > 20
    assert played["audio"] > 0
    async with asyncio.timeout(60):
        assert await page.evaluate(SEEK_TO_END) == pytest.approx(10, abs=0.1)


async def test_chromium_plays_an_asset_that_is_still_growing_and_follows_it_to_its_end(
    page: Page, tmp_path: Path, nc: Client, store: Store, settings: Settings
) -> None:
    clip = make_clip(tmp_path / "grow.mp4", width=1280, height=720, frames=25 * 40, beeps_s=[0.5])
    await store.put("uploads/grow.mp4", clip.read_bytes(), content_type="video/mp4")
    asset_id = await id_of(store, "uploads/grow.mp4")
    playable = (await facts_until(nc, asset_id, AssetPlayable))[-1]
    assert isinstance(playable, AssetPlayable)
    folder = f"{settings.public_url}/{store.bucket}/{playable.hls_key.rpartition('/')[0]}"
    renditions = {"video/mp4; codecs=avc1.64001f": "video/360p", "audio/mp4; codecs=mp4a.40.2": "audio/main"}
    grown = await page.evaluate(FOLLOW, [folder, renditions])
    assert grown["frames_at_first"] > 20
    assert grown["reloads"] > 2
    assert grown["ranges"] == 1
    assert grown["start"] == pytest.approx(10, abs=0.1)
    assert grown["end"] == pytest.approx(50, abs=0.1)
    assert isinstance(await outcome(nc, asset_id), AssetReady)


async def test_chromium_plays_a_signed_asset_that_the_store_itself_refuses(
    page: Page, tmp_path: Path, nc: Client, store: Store, settings: Settings, admin_key: str
) -> None:
    clip = make_clip(tmp_path / "signed.mp4", width=640, height=360, frames=250, beeps_s=[0.5]).read_bytes()
    key, metadata = "uploads/signed.mp4", {POLICY_METADATA: "signed"}
    url = await store.presigned_put(key, size_bytes=len(clip), content_type="video/mp4", metadata=metadata)
    headers = {"Content-Type": "video/mp4", "If-None-Match": "*", f"x-amz-meta-{POLICY_METADATA}": "signed"}
    async with httpx.AsyncClient(
        base_url=settings.gateway_url, headers=bearer(admin_key), timeout=60, trust_env=False
    ) as client:
        async with httpx.AsyncClient(timeout=60, trust_env=False) as sender:
            assert (await sender.put(url, content=clip, headers=headers)).status_code == 200
        asset_id = await id_of(store, key)
        ready = await outcome(nc, asset_id)
        assert isinstance(ready, AssetReady)
        assert {one.partition("/")[0] for one in (ready.hls_key, ready.poster_key)} == {"private"}
        await in_state(client, asset_id, "ready")
        await client.post("/v1/signing-keys", json={})
        signed = (await client.post("/v1/playback/tokens", json={"asset_id": asset_id})).json()
        assert (await client.get(f"{settings.public_url}/{store.bucket}/{ready.hls_key}")).status_code == 403
    played = await page.evaluate(f"(url => ({PLAY})(url, 'anonymous'))", signed["playback"]["hls"])
    assert (played["width"], played["height"]) == (640, 360)
    assert played["frames"] > 20
    assert played["audio"] > 0
    # A page of another origin reads what the redirect leads to.
    sizes = await page.evaluate(
        """urls => Promise.all(urls.map(async url => (await (await fetch(url)).arrayBuffer()).byteLength))""",
        [signed["playback"][name] for name in ("dash", "poster", "storyboard")],
    )
    assert all(sizes)


async def test_the_poster_and_the_storyboard_are_pictures_that_a_page_can_show(
    page: Page, tmp_path: Path, nc: Client, store: Store, settings: Settings
) -> None:
    clip = make_clip(tmp_path / "look.mp4", width=640, height=360, frames=250)
    await store.put("uploads/look.mp4", clip.read_bytes(), content_type="video/mp4")
    ready = await outcome(nc, await id_of(store, "uploads/look.mp4"))
    assert isinstance(ready, AssetReady)
    folder = f"{settings.public_url}/{store.bucket}/{ready.storyboard_key.rpartition('/')[0]}"
    cues = (await store.get(ready.storyboard_key)).decode()
    assert cues.startswith("WEBVTT")
    (sheet,) = {line.partition("#")[0] for line in cues.splitlines() if "#xywh=" in line}
    for url in (f"{folder}/{sheet}", f"{settings.public_url}/{store.bucket}/{ready.poster_key}"):
        size = await page.evaluate(
            """url => new Promise((resolve, reject) => {
              const image = new Image(); image.onerror = reject;
              image.onload = () => resolve(image.naturalWidth * image.naturalHeight); image.src = url;
            })""",
            url,
        )
        assert size > 0
