"""What a first load may cost: few small files, none of which another hides, and nothing that keeps the page blank.

Counts, not times; `task bench:page` measures those.
"""

import re
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Route

from infra.local.stack import Stack
from tests.deliveries import Delivery
from tests.looking import PAGE_FOLDER, looking

LIBRARY = re.compile(r"/static/hls-")
MOST_FILES = 12
MOST_BYTES = 60_000
MOST_BYTES_WITH_PLAYER = 250_000
LOADED = """() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
    .filter(one => one.name.startsWith(location.origin) && !one.name.includes("/v1/"))
    .map(one => ({name: one.name, bytes: one.transferSize, blocks: one.renderBlockingStatus === "blocking"}))"""
PAINTED = "() => performance.getEntriesByName('first-contentful-paint').length"


@pytest.fixture(autouse=True)
def bundle() -> None:
    """Insist that there is a bundle."""
    assert (PAGE_FOLDER / "dist/index.html").exists(), "the tests need the bundle: run `task page`"


async def loaded(page: Page) -> list[dict[str, Any]]:
    """Return the page's own files, with what they cost."""
    files: list[dict[str, Any]] = await page.evaluate(LOADED)
    return files


def assert_nothing_blocks(files: list[dict[str, Any]]) -> None:
    """One style sheet, which is whole, is all that a picture waits for."""
    (blocking,) = [file["name"] for file in files if file["blocks"]]
    assert re.search(r"/static/style-\w+\.css$", blocking)


async def test_the_library_is_small(browser: Browser, services: Stack, deliveries: dict[str, Delivery]) -> None:
    async with looking(browser, services) as page:
        await page.locator(".card img").first.wait_for()
        files = await loaded(page)
    # One document, one style sheet, the icon and a few scripts; a player is loaded where something is played.
    assert len({file["name"] for file in files}) <= MOST_FILES
    assert 0 < sum(file["bytes"] for file in files) <= MOST_BYTES
    assert not [file for file in files if LIBRARY.search(file["name"])]
    assert_nothing_blocks(files)


async def test_the_page_of_an_asset_is_small_and_its_player_not_large(
    browser: Browser, services: Stack, deliveries: dict[str, Delivery]
) -> None:
    async with looking(browser, services, f"/assets/{deliveries['encoded'].ready.asset_id}") as page:
        await page.wait_for_function("() => document.querySelector('headrace-player')?.video.readyState > 1")
        files = await loaded(page)
    own = [file for file in files if not LIBRARY.search(file["name"])]
    own_bytes = sum(file["bytes"] for file in own)
    # A file that is shown twice, such as the icon, is one.
    assert len({file["name"] for file in own}) <= MOST_FILES
    assert 0 < own_bytes <= MOST_BYTES
    assert own_bytes < sum(file["bytes"] for file in files) <= MOST_BYTES_WITH_PLAYER
    assert_nothing_blocks(files)


@pytest.mark.parametrize("address", ["/", "/assets/x", "/operations"])
async def test_the_page_is_painted_before_anything_is_answered(browser: Browser, services: Stack, address: str) -> None:
    held: list[Route] = []

    async def hold(route: Route) -> None:
        held.append(route)

    async with looking(browser, services, "/healthz") as page:
        await page.route("**/v1/**", hold)
        await page.goto(services.running.gateway_url + address)
        await page.wait_for_function(PAINTED)
        await page.locator(".brand").wait_for()
        for route in held:
            await route.abort()
        await page.unroute("**/v1/**")


async def test_a_document_names_every_file_without_which_it_does_not_run(browser: Browser, services: Stack) -> None:
    async with looking(browser, services) as page:
        await page.locator(".brand").wait_for()
        document = await (await page.request.get(services.running.gateway_url + "/")).text()
        named = set(re.findall(r"/static/[\w.-]+", document))
        hidden: list[str] = []
        for path in sorted(path for path in named if path.endswith(".js")):
            script = await (await page.request.get(services.running.gateway_url + path)).text()
            hidden += [f"/static/{name}" for name in re.findall(r'(?:from|import)\s*"\./([\w.-]+)"', script)]
    assert hidden
    assert set(hidden) <= named
