"""The player, and the page of an asset: from its first seconds to what people do with it when it is ready."""

import asyncio
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from nats.aio.client import Client
from playwright.async_api import Browser, Locator, Page, expect

from contracts.policies import POLICY_METADATA
from contracts.v1 import AssetPlayable, AssetReady, PosterMade
from infra.local.stack import Stack
from services.runtime.store import Store
from tests.calling import calling, held_back
from tests.deliveries import Delivery
from tests.looking import WAYS_TO_LOOK, cut_off, looking, photograph, serious_faults, serve_sources
from tests.media import make_clip
from tests.watch import facts_until, id_of

LIBRARY = re.compile(r"/static/hls-\w+\.js")
MULTIVARIANT = re.compile(r"/index\.m3u8")
# At first, when there is a second and a third segment, and when it is whole.
MOST_OPENED = 4
NOW = "player => player.video.currentTime"
WATCH = """player => {
    window.seeks = 0;
    player.video.muted = true;
    player.video.addEventListener("seeking", () => window.seeks++);
    player.play();
}"""
PLAYED = """player => ({
    ranges: [...Array(player.video.played.length).keys()].map(
        n => [player.video.played.start(n), player.video.played.end(n)]),
    seeks: window.seeks, error: player.video.error?.message ?? null, trouble: player.trouble.hidden,
})"""


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a clip of two rungs and several segments, whose pictures differ."""
    folder = tmp_path_factory.mktemp("clips")
    return make_clip(folder / "clip.mp4", width=854, height=480, frames=400, beeps_s=[0.5, 9.0])


async def drop(store: Store, clip: Path, name: str) -> str:
    key = f"uploads/player/{name}"
    await store.put(key, clip.read_bytes(), content_type="video/mp4")
    return await id_of(store, key)


@pytest.fixture
def asset_id(deliveries: dict[str, Delivery]) -> str:
    """Return an asset that is ready: two rungs, 13 s."""
    return deliveries["encoded"].ready.asset_id


def player_of(page: Page) -> Locator:
    return page.locator("headrace-player")


async def reaches(page: Page, at_s: float) -> None:
    await page.wait_for_function(f"() => document.querySelector('headrace-player').video.currentTime >= {at_s}")


async def starts(page: Page) -> Locator:
    """Play, and return the player when it does."""
    player = player_of(page)
    await player.evaluate(WATCH)
    await reaches(page, 0.5)
    return player


async def choose(page: Page, menu: str, item: str) -> None:
    await page.get_by_role("button", name=f"{menu}: ").click()
    await page.get_by_role("menuitemradio", name=item, exact=True).click()


async def test_it_plays_when_it_is_playable_and_goes_over_to_better_rungs_without_a_jump(
    browser: Browser, services: Stack, store: Store, nc: Client, clip: Path
) -> None:
    # What is made in the background waits, so that there is one rung and one segment of it.
    async with held_back(services, "bulk") as let_go:
        asset_id = await drop(store, clip, "growing.mp4")
        await facts_until(nc, asset_id, AssetPlayable)
        async with looking(browser, services, f"/assets/{asset_id}") as page:
            player = await starts(page)
            await expect(player).to_have_attribute("data-quality", "360p")
            await expect(player).to_have_attribute("data-growing", "")
            assert await player.evaluate("player => player.stream.qualities.length") == 1
            assert await player.evaluate("player => player.length") == pytest.approx(16, abs=0.1)
            await reaches(page, 2)
            await page.evaluate("() => { window.seeks = 0; }")
            await let_go("bulk")
            await expect(player).to_have_attribute("data-quality", "480p")
            await expect(player).not_to_have_attribute("data-growing", "")
            await page.locator(".state.ready").wait_for()
            await page.wait_for_function("() => document.querySelector('headrace-player').video.ended")
            played = await player.evaluate(PLAYED)
            width = await player.evaluate("player => player.video.videoWidth")
    (whole,) = played["ranges"]
    assert whole == pytest.approx([0, 16], abs=0.1)
    assert (played["seeks"], played["error"], played["trouble"]) == (0, None, True)
    assert width == 854


async def test_a_quality_is_chosen_and_shown(browser: Browser, services: Stack, asset_id: str) -> None:
    async with looking(browser, services, f"/assets/{asset_id}") as page:
        player = await starts(page)
        for quality, width in (("360p", 640), ("480p", 854)):
            await choose(page, "Quality", quality)
            await expect(player).to_have_attribute("data-quality", quality)
            await page.wait_for_function(
                f"() => document.querySelector('headrace-player').video.videoWidth === {width}"
            )
        await choose(page, "Speed", "2×")
        assert await player.evaluate("player => player.video.playbackRate") == 2
        assert (await player.evaluate(PLAYED))["error"] is None


async def test_the_storyboard_is_shown_where_the_pointer_is(browser: Browser, services: Stack, asset_id: str) -> None:
    async with looking(browser, services, f"/assets/{asset_id}") as page:
        player = await starts(page)
        line = player.get_by_role("slider", name="Position")
        box = await line.bounding_box()
        assert box is not None
        for share, time in ((0.1, "0:01"), (0.9, "0:11")):
            await line.hover(position={"x": share * box["width"] + 1, "y": box["height"] / 2})
            await expect(player.locator(".hp-preview span")).to_have_text(time)
        tile = player.locator(".hp-tile")
        await expect(tile).to_be_visible()
        assert "storyboard-000.jpg" in await tile.evaluate("tile => tile.style.backgroundImage")
        assert await tile.evaluate("tile => tile.style.backgroundPosition") == "-320px 0px"
        await line.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
        assert await player.evaluate(NOW) == pytest.approx(6.5, abs=1)


async def test_the_keyboard_does_everything(browser: Browser, services: Stack, asset_id: str) -> None:
    async with looking(browser, services, f"/assets/{asset_id}") as page:
        player = await starts(page)

        async def pressed(key: str, of: str) -> Any:
            await page.keyboard.press(key)
            return await player.evaluate(f"player => player.{of}")

        assert await pressed("k", "video.paused") is True
        assert await pressed("5", "video.currentTime") == pytest.approx(6.5, abs=0.05)
        assert await pressed("l", "video.currentTime") == pytest.approx(13, abs=0.1)
        assert await pressed("j", "video.currentTime") == pytest.approx(3, abs=0.1)
        assert await pressed("ArrowLeft", "video.currentTime") == 0
        assert await pressed("ArrowRight", "video.currentTime") == pytest.approx(5, abs=0.1)
        assert await pressed("0", "video.currentTime") == 0
        assert await pressed("m", "video.muted") is False
        assert await pressed("Space", "video.paused") is False
        await page.keyboard.press("f")
        await page.wait_for_function("() => document.fullscreenElement?.localName === 'headrace-player'")
        await page.keyboard.press("f")
        await page.wait_for_function("() => document.fullscreenElement === null")
        # What is typed is no command.
        await page.get_by_label("Title").fill("")
        await page.get_by_label("Title").press_sequentially("k5")
        assert await player.evaluate("player => player.video.paused") is False


async def test_the_controls_go_while_nobody_needs_them(browser: Browser, services: Stack, asset_id: str) -> None:
    async with looking(browser, services, f"/assets/{asset_id}") as page:
        player = player_of(page)
        await player.evaluate("player => { player.video.muted = true; player.video.playbackRate = 0.1; }")
        # What is pressed with a mouse has the focus, too.
        await player.get_by_role("button", name="Play (K)").click()
        await expect(player.locator(".hp-bar")).to_have_css("opacity", "0")
        await page.keyboard.press("Tab")
        await page.locator("headrace-player.calm").wait_for()
        await expect(player.locator(".hp-bar")).to_have_css("opacity", "1")


async def test_it_goes_on_where_somebody_stopped(browser: Browser, services: Stack, asset_id: str) -> None:
    async with looking(browser, services, f"/assets/{asset_id}") as page:
        await starts(page)
        await page.keyboard.press("k")
        await player_of(page).evaluate("player => player.seek(5.5)")
        await page.wait_for_function("() => Object.values(localStorage).includes('5.5')")
        await page.reload()
        await player_of(page).wait_for()
        await reaches(page, 5.5)


async def test_without_the_library_the_browser_plays_by_itself(
    browser: Browser, services: Stack, asset_id: str
) -> None:
    async with looking(browser, services) as page:
        await page.route(LIBRARY, lambda route: route.abort())
        await page.goto(f"{services.running.gateway_url}/assets/{asset_id}")
        await player_of(page).wait_for()
        player = await starts(page)
        assert await player.evaluate("player => player.stream.qualities.length") == 0
        assert (await player.evaluate(PLAYED))["error"] is None


async def test_without_a_bundle_what_grows_is_played_as_soon_as_the_browser_can(
    browser: Browser, services: Stack, store: Store, nc: Client, clip: Path
) -> None:
    async with held_back(services, "bulk") as let_go, looking(browser, services, "/healthz") as page:
        taken = await serve_sources(page, services)
        asset_id = await drop(store, clip, "unbundled.mp4")
        await facts_until(nc, asset_id, AssetPlayable)
        asked: list[str] = []
        page.on("request", lambda one: asked.append(one.resource_type) if MULTIVARIANT.search(one.url) else None)
        await page.goto(f"{services.running.gateway_url}/assets/{asset_id}")
        player = player_of(page)
        await player.evaluate(WATCH)
        await expect(player).to_have_attribute("data-growing", "")
        await expect(player.get_by_role("alert")).to_contain_text("once all of it is made")
        # It is looked at again and again, and opened again when there is more of it.
        for _ in range(2):
            await page.wait_for_event("request", lambda one: MULTIVARIANT.search(one.url) is not None)
        assert asked.count("media") == 1
        await let_go("bulk")
        await facts_until(nc, asset_id, AssetReady)
        await reaches(page, 0.5)
        await expect(player.get_by_role("alert")).to_be_hidden()
        await expect(player).not_to_have_attribute("data-growing", "")
        await page.wait_for_function("() => document.querySelector('headrace-player').video.ended")
        assert await player.evaluate("player => player.video.error") is None
    assert "player/native_stream.js" in taken
    assert asked.count("media") <= MOST_OPENED


async def test_what_does_not_come_is_told_in_words_and_tried_again(
    browser: Browser, services: Stack, asset_id: str
) -> None:
    playlists = re.compile(r"\.m3u8")
    async with looking(browser, services) as page:
        await page.route(playlists, lambda route: route.fulfill(status=404))
        await page.goto(f"{services.running.gateway_url}/assets/{asset_id}")
        player = player_of(page)
        await expect(player.get_by_role("alert")).to_contain_text("The video is not there")
        await page.unroute(playlists)
        await player.get_by_role("button", name="Try again").click()
        await reaches(page, 0.5)
        await expect(player.get_by_role("alert")).to_be_hidden()


async def test_another_page_shows_the_player_in_a_frame_without_any_key(
    browser: Browser, services: Stack, asset_id: str
) -> None:
    url = f"{services.running.gateway_url}/embed/{asset_id}?autoplay&muted"
    body = f'<!doctype html><iframe src="{url}" width="640" height="360" allow="autoplay"></iframe>'.encode()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n" + body)
        await writer.drain()
        writer.close()

    async with (
        await asyncio.start_server(answer, "127.0.0.1", 0) as other,
        await browser.new_context() as context,
    ):
        page = await context.new_page()
        await page.goto(f"http://127.0.0.1:{other.sockets[0].getsockname()[1]}/")
        await page.frame_locator("iframe").locator("headrace-player").wait_for()
        (_, inner) = page.frames
        await inner.wait_for_function("() => document.querySelector('headrace-player').video.currentTime > 1")
        assert await inner.evaluate("document.querySelector('headrace-player').video.error") is None


async def test_a_signed_asset_plays_in_a_frame_with_a_token_alone(
    browser: Browser, services: Stack, store: Store, nc: Client, clip: Path
) -> None:
    key, metadata = "uploads/player/signed.mp4", {POLICY_METADATA: "signed"}
    body = clip.read_bytes()
    url = await store.presigned_put(key, size_bytes=len(body), content_type="video/mp4", metadata=metadata)
    headers = {"Content-Type": "video/mp4", "If-None-Match": "*", f"x-amz-meta-{POLICY_METADATA}": "signed"}
    async with httpx.AsyncClient(timeout=60, trust_env=False) as sender:
        (await sender.put(url, content=body, headers=headers)).raise_for_status()
    asset_id = await id_of(store, key)
    await facts_until(nc, asset_id, AssetReady)
    async with calling(services) as http:
        await http.post("/v1/signing-keys", json={})
        token = (await http.post("/v1/playback/tokens", json={"asset_id": asset_id})).json()["token"]
    async with looking(browser, services, f"/embed/{asset_id}", key=None) as page:
        await expect(page.get_by_role("alert")).to_contain_text("The token does not open this")
        await page.goto(f"{services.running.gateway_url}/embed/{asset_id}?token={token}")
        await player_of(page).wait_for()
        await starts(page)
    async with looking(browser, services, f"/assets/{asset_id}") as page:
        await player_of(page).wait_for()
        await starts(page)


async def test_a_failure_is_explained_and_done_again(
    browser: Browser, services: Stack, store: Store, nc: Client
) -> None:
    key = "uploads/player/broken.mp4"
    await store.put(key, b"no media at all", content_type="video/mp4")
    asset_id = await id_of(store, key)
    subscription = await nc.jetstream().subscribe(f"media.v1.asset.failed.{asset_id}.>", stream="MEDIA")
    await subscription.next_msg(timeout=60)
    async with looking(browser, services, f"/assets/{asset_id}") as page:
        wrong = page.get_by_role("region", name="What went wrong")
        await expect(wrong.get_by_role("listitem")).to_have_count(1)
        await expect(page.locator(".state")).to_have_text("Failed")
        await wrong.get_by_role("button", name="Try again").click()
        await expect(page.get_by_role("region", name="What happened")).to_contain_text("It is done again")
        await page.wait_for_function("() => document.querySelectorAll('tr.bad').length === 2")


async def test_people_describe_it_choose_a_poster_save_it_and_throw_it_away(
    browser: Browser, services: Stack, store: Store, nc: Client, clip: Path
) -> None:
    asset_id = await drop(store, clip, "edited.mp4")
    await facts_until(nc, asset_id, AssetReady)
    async with looking(browser, services, f"/assets/{asset_id}") as page:
        await page.get_by_label("Title").fill("The sea")
        await page.get_by_label("Tags").fill("blue, wide, blue")
        await page.get_by_role("button", name="Save", exact=True).click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("The sea")
        await expect(page.locator(".asset-status .tag")).to_have_text(["blue", "wide"])

        before = await page.locator("video").get_attribute("poster")
        await page.get_by_role("button", name="Poster from 0:08").click()
        await facts_until(nc, asset_id, PosterMade)
        await expect(page.locator("video")).not_to_have_attribute("poster", before or "")

        await page.get_by_role("button", name="Make 360p").click()
        async with page.expect_download() as saved:
            await page.get_by_role("button", name="Save 360p").click()
        assert Path(await (await saved.value).path()).stat().st_size > 10_000

        await page.get_by_role("button", name="Move to the trash").click()
        await expect(page.locator(".state")).to_have_text("In the trash")
        await expect(player_of(page)).to_have_count(0)
        await page.get_by_role("button", name="Restore").click()
        await player_of(page).wait_for()


@pytest.mark.parametrize("way", WAYS_TO_LOOK)
async def test_nobody_is_kept_out_and_it_fits_the_screen(
    browser: Browser, services: Stack, asset_id: str, way: str
) -> None:
    async with looking(browser, services, f"/assets/{asset_id}", **WAYS_TO_LOOK[way]) as page:
        player = await starts(page)
        await page.locator(".asset-tiles button").first.wait_for()
        await player.evaluate("player => player.video.pause()")
        assert await serious_faults(page) == []
        assert await cut_off(page) == []
        await photograph(page, f"asset-{way}")
    async with looking(browser, services, f"/embed/{asset_id}", key=None, **WAYS_TO_LOOK[way]) as page:
        player = await starts(page)
        await player.evaluate("player => player.video.pause()")
        assert await serious_faults(page) == []
        await photograph(page, f"embed-{way}")
