"""The player's menus, with a mouse and with keys alone, and a film of two languages to read and to hear."""

import asyncio
import re

import nats
import pytest
from av.stream import Disposition
from playwright.async_api import Browser, Locator, Page, Request, expect

from contracts.v1 import AssetReady
from infra.local.stack import Stack
from services.runtime.store import Store
from tests.calling import calling
from tests.deliveries import Delivery
from tests.looking import WAYS_TO_LOOK, cut_off, looking, photograph, serious_faults
from tests.tracks import Sound, Text, make_film
from tests.watch import PATIENCE_S, facts_until, id_of

SECONDS = 16
TEXTS = [
    Text("ger", [(0.2, 9.0, "Eins"), (10.0, 16.0, "Zwei")], flags=Disposition.default),
    Text("eng", [(0.2, 9.0, "One"), (10.0, 16.0, "Two")]),
]
FRENCH = "WEBVTT\n\n00:00.200 --> 00:16.000\nUn\n"
PLACES = ["assets", "embed"]
SOUND = re.compile(r"/audio/([^/]+)/\d+\.m4s")
PLAY = "player => { player.video.muted = true; player.play(); }"
# Each track that is shown, with what stands under the picture now.
READ = """player => [...player.video.textTracks].filter(track => track.mode === "showing").map(
    track => [track.language, [...track.activeCues ?? []].map(cue => cue.text).join()].join(": "))"""
# Playlists name a text a moment after it was added.
OFFERED = """async language => {
    const player = document.querySelector("headrace-player");
    await player.renew();
    return player.stream.textTracks.some(track => track.language === language);
}"""
DECODED = "player => player.video.webkitAudioDecodedByteCount"


@pytest.fixture(scope="module")
async def film(services: Stack, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return an asset that is ready, and whose playlists have its two languages to hear and to read."""
    path = make_film(
        tmp_path_factory.mktemp("film") / "film.mkv",
        seconds=SECONDS,
        sounds=[Sound("eng", "Original", "5.1"), Sound("ger")],
        texts=TEXTS,
    )
    settings = services.settings
    assert settings.nats_password is not None
    nc = await nats.connect(
        settings.nats_url, user=settings.nats_user, password=settings.nats_password.get_secret_value()
    )
    async with Store.connect(settings) as store:
        await store.put("uploads/player/film.mkv", path.read_bytes(), content_type="video/x-matroska")
        asset_id = await id_of(store, "uploads/player/film.mkv")
        ready = (await facts_until(nc, asset_id, AssetReady))[-1]
        assert isinstance(ready, AssetReady)
        async with asyncio.timeout(PATIENCE_S):
            while (await store.get(ready.hls_key)).count(b"TYPE=SUBTITLES") < len(TEXTS):
                await asyncio.sleep(0.1)
    await nc.close()
    return asset_id


def sound_of(request: Request) -> str:
    """Return the name of the sound track of which a request takes a segment, nothing for another request."""
    found = SOUND.search(request.url)
    return found[1] if found else ""


async def plays(page: Page) -> Locator:
    """Play, and return the player when it does."""
    player = page.locator("headrace-player")
    await player.evaluate(PLAY)
    await page.wait_for_function("() => document.querySelector('headrace-player').video.currentTime > 0.5")
    return player


async def stands(page: Page) -> Locator:
    """Play, and return the player when it stands still while the first lines are to be read."""
    player = await plays(page)
    await player.evaluate("player => { player.video.pause(); player.seek(1); }")
    return player


async def shows(page: Page, *lines: str) -> None:
    await page.wait_for_function(
        f"lines => JSON.stringify(({READ})(document.querySelector('headrace-player'))) === JSON.stringify(lines)",
        arg=list(lines),
    )


async def choose(player: Locator, menu: str, item: str) -> None:
    await player.get_by_role("button", name=menu, exact=True).click()
    await player.get_by_role("menuitemradio", name=item, exact=True).click()


@pytest.mark.parametrize("place", PLACES)
async def test_a_language_to_read_is_chosen_and_remembered(
    browser: Browser, services: Stack, film: str, place: str
) -> None:
    async with looking(browser, services, f"/{place}/{film}") as page:
        player = await stands(page)
        await shows(page, "de: Eins")
        await choose(player, "Captions (C)", "English")
        await shows(page, "en: One")
        await player.evaluate("player => player.seek(11)")
        await shows(page, "en: Two")
        await player.evaluate("player => player.seek(1)")
        await page.reload()
        await stands(page)
        await shows(page, "en: One")
        await page.keyboard.press("c")
        await shows(page)
        await page.reload()
        player = await stands(page)
        await player.get_by_role("button", name="Captions (C)").click()
        await expect(player.get_by_role("menuitemradio", name="Off")).to_have_attribute("aria-checked", "true")
        await page.keyboard.press("Escape")
        await shows(page)
        await page.keyboard.press("c")
        await shows(page, "en: One")


@pytest.mark.parametrize("place", PLACES)
async def test_a_language_to_hear_is_chosen_and_remembered(
    browser: Browser, services: Stack, film: str, place: str
) -> None:
    address = f"{services.running.gateway_url}/{place}/{film}"
    heard: list[str] = []

    def note(request: Request) -> None:
        if track := sound_of(request):
            heard.append(track)

    async with looking(browser, services, "/healthz") as page:
        page.on("request", note)
        await page.goto(address)
        player = await plays(page)
        (original,) = set(heard)
        async with page.expect_request(lambda one: sound_of(one) not in ("", original)) as asked:
            await choose(player, "Sound track", "German")
        german = sound_of(await asked.value)
        await player.evaluate("player => player.seek(1)")
        decoded = await player.evaluate(DECODED)
        await page.wait_for_function(
            f"before => ({DECODED})(document.querySelector('headrace-player')) > before", arg=decoded
        )
        await page.goto(f"{services.running.gateway_url}/healthz")
        heard.clear()
        await page.goto(address)
        player = await plays(page)
        assert set(heard) == {german}
        await player.get_by_role("button", name="Sound track").click()
        await expect(player.get_by_role("menuitemradio", name="German")).to_have_attribute("aria-checked", "true")
        assert await player.evaluate("player => player.video.error") is None


async def test_text_that_is_added_is_offered_to_whoever_watches_and_shown_once(
    browser: Browser, services: Stack, film: str
) -> None:
    async with calling(services) as http, looking(browser, services, f"/assets/{film}") as page:
        player = await stands(page)
        await choose(player, "Captions (C)", "English")
        await shows(page, "en: One")
        await player.get_by_role("button", name="Captions (C)").press("Enter")
        chosen = player.get_by_role("menuitemradio", name="English", exact=True)
        await expect(chosen).to_be_focused()
        added = {"language": "fr", "text": FRENCH}
        (await http.post(f"/v1/assets/{film}/captions", json=added)).raise_for_status()
        await page.wait_for_function(OFFERED, arg="fr")
        french = player.get_by_role("menuitemradio", name="French", exact=True)
        await french.wait_for()
        # Whoever is choosing is not disturbed.
        await expect(chosen).to_be_focused()
        await shows(page, "en: One")
        await french.click()
        await shows(page, "fr: Un")
        assert await player.evaluate("player => player.video.error") is None


@pytest.mark.parametrize("way", WAYS_TO_LOOK)
async def test_menus_and_captions_fit_over_the_picture(browser: Browser, services: Stack, film: str, way: str) -> None:
    async with looking(browser, services, f"/assets/{film}", **WAYS_TO_LOOK[way]) as page:
        player = await stands(page)
        await shows(page, "de: Eins")
        for name in ("Captions (C)", "Sound track", "Speed: 1×"):
            await player.get_by_role("button", name=name, exact=True).click()
            own = await player.get_by_role("menu").bounding_box()
            whole = await player.bounding_box()
            assert own
            assert whole
            assert own["x"] >= whole["x"]
            assert own["y"] >= whole["y"]
            assert await serious_faults(page) == []
            await photograph(page, f"menu {name.lower()} {way}")
            await page.keyboard.press("Escape")


async def test_all_buttons_of_a_long_film_fit_on_a_small_phone(browser: Browser, services: Stack, film: str) -> None:
    for width in (390, 320):
        phone = WAYS_TO_LOOK["phone"] | {"viewport": {"width": width, "height": 700}}
        async with looking(browser, services, f"/embed/{film}", **phone) as page:
            player = await stands(page)
            await player.evaluate(
                """player => {
                    player.setAttribute("length", 5400);
                    player.querySelectorAll(".hp-menu").forEach(menu => menu.hidden = false);
                }"""
            )
            await expect(player.get_by_role("button", name="Quality: Auto")).to_be_visible()
            assert await cut_off(page) == []


async def test_menus_are_used_with_keys_alone(
    browser: Browser, services: Stack, film: str, deliveries: dict[str, Delivery]
) -> None:
    menus = {
        film: {"Captions (C)": 3, "Sound track": 2, "Speed: 1×": 7},
        deliveries["encoded"].ready.asset_id: {"Quality: Auto": 3},
    }
    for asset_id, own in menus.items():
        async with looking(browser, services, f"/assets/{asset_id}") as page:
            player = await plays(page)
            for name, at_least in own.items():
                await walk(page, player, name, at_least)
            assert await player.evaluate("player => player.video.volume") == 1


async def walk(page: Page, player: Locator, name: str, at_least: int) -> None:
    """Go through a menu with real keys, and choose its last item."""
    opener = player.get_by_role("button", name=name, exact=True)
    items = player.get_by_role("menuitemradio")
    await opener.focus()
    for key in ("Enter", "Space", "ArrowDown", "ArrowUp"):
        await page.keyboard.press(key)
        await expect(opener).to_have_attribute("aria-expanded", "true")
        await expect(player.get_by_role("menuitemradio", checked=True)).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(opener).to_have_attribute("aria-expanded", "false")
        await expect(opener).to_be_focused()
    await page.keyboard.press("Enter")
    assert await items.count() >= at_least
    await page.keyboard.press("Home")
    await expect(items.first).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await expect(items.nth(1)).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("ArrowUp")
    await expect(items.last).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await expect(items.first).to_be_focused()
    await page.keyboard.press("End")
    last = await items.last.text_content()
    await page.keyboard.press("Enter")
    await expect(items).to_have_count(0)
    await page.keyboard.press("Enter")
    await expect(player.get_by_role("menuitemradio", checked=True)).to_have_text(last or "")
    await page.keyboard.press("Tab")
    await expect(items).to_have_count(0)
