"""What goes wrong while somebody watches, and passes: they do not have to press anything."""

import asyncio
import re

import pytest
from playwright.async_api import Browser, Page, Route, expect

from infra.local.stack import Stack
from tests.deliveries import Delivery
from tests.looking import looking

PLAYLIST = re.compile(r"\.m3u8")
LIBRARY = re.compile(r"/static/hls-\w+\.js")
FIRST_SEGMENT = re.compile(r"/video/\w+/00000\.m4s")
SEGMENT = re.compile(r"/video/\w+/00001\.m4s")
PLAY = "player => { player.video.muted = true; player.play(); }"
ENDED = "() => document.querySelector('headrace-player').video.ended"
PLAYS = "() => document.querySelector('headrace-player').video.currentTime > 1"
STANDS = """() => {
    const {currentTime, readyState} = document.querySelector("headrace-player").video;
    return currentTime > 3 && readyState < HTMLMediaElement.HAVE_FUTURE_DATA;
}"""
PLAYED = """player => ({
    from: player.video.played.start(0), until: player.video.played.end(player.video.played.length - 1),
    error: player.video.error?.message ?? null, trouble: !player.trouble.hidden, rate: player.video.playbackRate,
})"""


@pytest.fixture
def asset_id(deliveries: dict[str, Delivery]) -> str:
    """Return an asset that is ready: two rungs, four segments, 13 s."""
    return deliveries["encoded"].ready.asset_id


class Growth:
    """Has a page find an asset that is ready as it was while it was being made."""

    def __init__(self) -> None:
        """Begin with one rung and one segment of it, and two of the sound."""
        self.has_better = False
        self.segments: int | None = 1

    async def answer(self, route: Route) -> None:
        """Answer as the playlist was then."""
        response = await route.fetch()
        text = await response.text()
        if not self.has_better:
            text = re.sub(r"#EXT-X-STREAM-INF[^\n]*x480[^\n]*\n[^\n]*\n", "", text)
        if self.segments is not None and "#EXTINF" in text:
            head, *segments = text.replace("TYPE:VOD", "TYPE:EVENT").replace("#EXT-X-ENDLIST\n", "").split("#EXTINF")
            until = self.segments + ("/audio/" in route.request.url)
            text = "#EXTINF".join([head + "#EXT-X-START:TIME-OFFSET=0,PRECISE=YES\n", *segments[:until]])
        await route.fulfill(response=response, body=text)


async def plays_to_its_end(page: Page) -> None:
    await page.wait_for_function(ENDED)
    played = await page.locator("headrace-player").evaluate(PLAYED)
    assert (played["error"], played["trouble"]) == (None, False)
    assert played["from"] == pytest.approx(0, abs=0.2)
    assert played["until"] == pytest.approx(13, abs=0.2)


async def test_a_rung_that_comes_when_all_of_it_was_played_does_not_stop_the_player(
    browser: Browser, services: Stack, asset_id: str
) -> None:
    growth, may_come = Growth(), asyncio.Event()

    async def come_later(route: Route) -> None:
        if growth.has_better:
            await may_come.wait()
        await route.continue_()

    async with looking(browser, services) as page:
        await page.route(PLAYLIST, growth.answer)
        await page.route(FIRST_SEGMENT, come_later)
        await page.goto(f"{services.running.gateway_url}/assets/{asset_id}")
        player = page.locator("headrace-player")
        await player.evaluate(PLAY)
        await page.wait_for_function(PLAYS)
        growth.has_better = True
        async with page.expect_request(FIRST_SEGMENT):
            await player.evaluate("player => player.renew()")
        await page.wait_for_function(STANDS)
        may_come.set()
        await expect(player.locator("[role=menuitemradio]", has_text="480p")).to_have_count(1)
        growth.segments = None
        await plays_to_its_end(page)


async def test_who_presses_play_before_the_player_can_sees_it_play(
    browser: Browser, services: Stack, asset_id: str
) -> None:
    held = asyncio.Queue[Route]()
    async with looking(browser, services) as page:
        await page.route(LIBRARY, held.put)
        await page.goto(f"{services.running.gateway_url}/assets/{asset_id}")
        # As it is when the library comes at the same moment: what it gives the browser undoes what was pressed.
        await page.locator("headrace-player").evaluate(f"player => {{ ({PLAY})(player); player.video.load(); }}")
        await (await held.get()).continue_()
        await plays_to_its_end(page)


async def test_a_network_that_comes_back_is_used_without_a_word(
    browser: Browser, services: Stack, asset_id: str
) -> None:
    refused: list[str] = []

    async def refuse(route: Route) -> None:
        refused.append(route.request.url)
        await (route.abort() if len(refused) <= 3 else route.continue_())

    async with looking(browser, services) as page:
        await page.route(PLAYLIST, refuse)
        await page.goto(f"{services.running.gateway_url}/assets/{asset_id}")
        await page.locator("headrace-player").evaluate(PLAY)
        await plays_to_its_end(page)


async def test_a_picture_that_cannot_be_decoded_is_fetched_again(
    browser: Browser, services: Stack, asset_id: str
) -> None:
    spoilt: list[str] = []

    async def spoil(route: Route) -> None:
        response = await route.fetch()
        body = await response.body()
        media = body.index(b"mdat") + 4
        if not spoilt:
            body = body[:media] + b"\xff" * (len(body) - media)
        spoilt.append(route.request.url)
        await route.fulfill(response=response, body=body)

    async with looking(browser, services) as page:
        await page.route(SEGMENT, spoil)
        await page.goto(f"{services.running.gateway_url}/assets/{asset_id}")
        player = page.locator("headrace-player")
        await player.get_by_role("button", name="Speed: 1×").click()
        await player.get_by_role("menuitemradio", name="1.5×").click()
        await player.evaluate(PLAY)
        await plays_to_its_end(page)
        assert len(spoilt) > 1
        assert (await player.evaluate(PLAYED))["rate"] == 1.5
