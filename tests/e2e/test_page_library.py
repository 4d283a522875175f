"""The library shows what happens while it happens, finds things, and does what people ask."""

import re
from pathlib import Path

import pytest
from nats.aio.client import Client
from playwright.async_api import Browser, Page, Request, expect

from contracts.v1 import AssetReady
from infra.local.stack import Stack
from services.runtime.store import Store
from tests.calling import calling, held_back
from tests.looking import card, looking, serve_sources
from tests.media import make_clip
from tests.watch import facts_until, id_of

LIST = re.compile(r"/v1/assets(\?|$)")
BAR = "id => document.querySelector(`.card[data-asset='${id}'] progress:not([hidden])`)?.value"
IS_FURTHER = f"([id, before]) => ({BAR})(id) > before"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return twelve seconds, which are three chunks of each rung."""
    folder = tmp_path_factory.mktemp("clips")
    return make_clip(folder / "clip.mp4", width=320, height=180, frames=300, beeps_s=[0.5])


async def drop(store: Store, clip: Path, name: str) -> str:
    key = f"uploads/page/{name}"
    await store.put(key, clip.read_bytes(), content_type="video/mp4")
    return await id_of(store, key)


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return five seconds, of which the storyboard has two pictures."""
    return make_clip(tmp_path_factory.mktemp("clips") / "short.mp4", width=320, height=180, frames=125)


@pytest.fixture
async def ready(nc: Client, store: Store, short: Path, services: Stack, request: pytest.FixtureRequest) -> str:
    """Return an asset that is ready."""
    asset_id = await drop(store, short, f"{request.node.name}.mp4")
    await facts_until(nc, asset_id, AssetReady)
    return asset_id


async def test_an_asset_appears_grows_and_becomes_ready_without_asking_for_the_list_again(
    browser: Browser, services: Stack, store: Store, clip: Path
) -> None:
    lists: list[Request] = []
    # Nothing is made until somebody has looked, at each step of the way.
    async with held_back(services, "head", "bulk") as let_go, looking(browser, services, key=None) as page:
        page.on("request", lambda request: lists.append(request) if LIST.search(request.url) else None)
        await page.get_by_label("Key", exact=True).fill(services.admin_key)
        async with page.expect_response(LIST):
            await page.locator("[data-door=key] button").click()
        asset_id = await drop(store, clip, "live.mp4")
        await card(page, asset_id, "processing").wait_for()
        at_first = await page.evaluate(BAR, asset_id)
        await let_go("head")
        await card(page, asset_id, "playable").wait_for()
        await page.wait_for_function(IS_FURTHER, arg=[asset_id, at_first])
        await let_go("bulk")
        await card(page, asset_id, "ready").wait_for()
        await expect(card(page, asset_id).get_by_role("progressbar")).to_have_count(0)
        await expect(card(page, asset_id).locator("img")).to_have_js_property("complete", value=True)
        await expect(card(page, asset_id).locator(".card-length")).to_have_text("0:12")
        assert len(lists) == 1


async def test_the_picture_moves_while_it_is_pointed_at(browser: Browser, services: Stack, ready: str) -> None:
    async with looking(browser, services) as page:
        await card(page, ready).locator("img").wait_for()
        assert await card(page, ready).locator(".card-preview").count() == 0
        await card(page, ready).hover()
        preview = card(page, ready).locator(".card-preview")
        await preview.wait_for()
        assert "storyboard" in await preview.evaluate("element => element.style.backgroundImage")
        first = await preview.evaluate("element => getComputedStyle(element).backgroundPosition")
        await expect(preview).not_to_have_css("background-position", first)
        await page.mouse.move(0, 0)
        await expect(preview).to_have_count(0)


async def test_changes_of_others_are_seen_at_once(browser: Browser, services: Stack, ready: str) -> None:
    async with looking(browser, services) as page, calling(services) as http:
        await card(page, ready).wait_for()
        address = f"/v1/assets/{ready}"
        await http.patch(address, json={"title": "A better title", "tags": ["blue"]})
        await expect(card(page, ready).locator(".card-title")).to_have_text("A better title")
        await expect(card(page, ready).locator(".tag")).to_have_text("blue")
        await http.delete(address)
        await expect(card(page, ready)).to_have_count(0)


async def test_it_is_searched_and_filtered_and_the_address_says_so(
    browser: Browser, services: Stack, ready: str, store: Store, nc: Client, short: Path
) -> None:
    async with looking(browser, services) as page:
        await card(page, ready).wait_for()
        await page.get_by_label("Search titles, names and speech").fill("searched")
        await page.wait_for_url("**/?q=searched")
        await expect(page.locator(".card")).to_have_count(1)
        # What comes now is shown only if it is wished for.
        other = await drop(store, short, "other.mp4")
        await facts_until(nc, other, AssetReady)
        async with page.expect_response(re.compile(f"/v1/assets/{other}")), calling(services) as http:
            (await http.patch(f"/v1/assets/{other}", json={"title": "Something else"})).raise_for_status()
        await expect(page.locator(".card")).to_have_count(1)
        await page.get_by_label("Video and sound").select_option("audio")
        await page.get_by_text("Nothing matches.").wait_for()
        await page.reload()
        await page.get_by_text("Nothing matches.").wait_for()
        assert await page.get_by_label("Search titles, names and speech").input_value() == "searched"
        await page.get_by_role("link", name="Show everything").click()
        await card(page, ready).wait_for()
        assert await page.get_by_label("Search titles, names and speech").input_value() == ""


async def select(page: Page, asset_id: str) -> None:
    await card(page, asset_id).hover()
    await card(page, asset_id).get_by_role("checkbox").check()


async def test_a_selection_is_tagged_deleted_and_restored(browser: Browser, services: Stack, ready: str) -> None:
    async with looking(browser, services) as page:
        await select(page, ready)
        await page.get_by_role("button", name="Tag…").click()
        await page.get_by_label("Add", exact=True).fill("green, round")
        await page.get_by_role("button", name="Change tags").click()
        await expect(card(page, ready).locator(".tag")).to_have_text(["green", "round"])
        await select(page, ready)
        await page.get_by_role("button", name="Delete", exact=True).click()
        await expect(card(page, ready)).to_have_count(0)
        await page.get_by_role("link", name="Trash").click()
        await select(page, ready)
        await page.get_by_role("button", name="Restore").click()
        await expect(card(page, ready)).to_have_count(0)
        await page.get_by_role("link", name="Library").click()
        await card(page, ready).wait_for()


async def test_all_that_is_shown_is_selected_at_once(
    browser: Browser, services: Stack, ready: str, store: Store, short: Path
) -> None:
    other = await drop(store, short, "test_all_that_is_shown_besides.mp4")
    async with looking(browser, services, "/?q=test_all_that_is_shown") as page:
        await card(page, other).wait_for()
        await select(page, ready)
        await page.get_by_role("button", name="Select all").click()
        await page.get_by_text("2 selected").wait_for()
        await page.get_by_role("button", name="Tag…").click()
        await page.get_by_label("Add", exact=True).fill("both")
        await page.keyboard.press("Enter")
        for own in (ready, other):
            await expect(card(page, own).locator(".tag")).to_have_text("both")


async def test_it_is_used_with_the_keyboard_alone(browser: Browser, services: Stack, ready: str) -> None:
    async with looking(browser, services, "/?q=keyboard") as page:
        await card(page, ready).wait_for()
        await page.keyboard.press("Tab")
        check = card(page, ready).get_by_role("checkbox")
        while not await check.evaluate("element => element === document.activeElement"):
            assert await page.evaluate("document.activeElement !== document.body"), "the focus has left the page"
            await page.keyboard.press("Tab")
        await page.keyboard.press("Space")
        await page.get_by_text("1 selected").wait_for()
        await page.keyboard.press("Escape")
        await expect(page.locator(".acts")).to_be_hidden()
        await check.focus()
        await page.keyboard.press("Shift+Tab")
        await card(page, ready).get_by_role("link").focus()
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"**/assets/{ready}")


async def test_without_a_bundle_the_sources_show_the_same(browser: Browser, services: Stack, ready: str) -> None:
    """What stands in for a gateway without a bundle has its policy, so that nothing needs more than that allows."""
    async with looking(browser, services, "/healthz") as page:
        taken = await serve_sources(page, services)
        await page.goto(services.running.gateway_url + "/")
        await card(page, ready, "ready").wait_for()
    assert "library.js" in taken
