"""Looking at the web page as people do: signed in with a key, in a browser that tells of every breach of its policy."""

import os
import re
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, ConsoleMessage, Page, Route, expect

from infra.local.stack import Stack
from tests.watch import PATIENCE_S

PAGE_FOLDER = Path(__file__).parents[1] / "services/gateway/page"
DESKTOP = {"viewport": {"width": 1280, "height": 800}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
DARK = DESKTOP | {"color_scheme": "dark"}
WAYS_TO_LOOK: dict[str, dict[str, Any]] = {"desktop": DESKTOP, "phone": PHONE, "dark": DARK}

# A bound for what is broken, not a measure of what works.
expect.set_options(timeout=1000 * PATIENCE_S)

_SERIOUS = {"serious", "critical"}
_CHECK = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations.map(
    ({id, impact, nodes}) => ({id, impact, nodes: nodes.map(node => node.html)}))"""

# Phones make the page small until all of it fits: neither it nor its root tells how wide the screen is.
_BEYOND = """width => [...document.querySelectorAll("body *:not(.skip, .unseen)")].filter(one => {
    const box = one.getBoundingClientRect();
    return box.width > 0 && (box.left < -1 || box.right > width + 1);
}).map(one => one.outerHTML.slice(0, 200))"""


@asynccontextmanager
async def looking(
    browser: Browser, stack: Stack, address: str = "/", *, key: str | None = "", **context: Any
) -> AsyncIterator[Page]:
    """Yield a page of its own; ``key`` is the operator's unless it is given, None is that of nobody.

    Fails afterwards if a script failed, or if something was loaded that the page's policy forbids.
    """
    troubles: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            troubles.append(message.text)

    async with await browser.new_context(**(context or DESKTOP)) as own:
        page = await own.new_page()
        page.set_default_timeout(1000 * PATIENCE_S)
        page.on("console", hear)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        if key is not None:
            await page.add_init_script(f"sessionStorage.setItem('headrace.key', '{key or stack.admin_key}')")
        await page.goto(stack.running.gateway_url + address)
        yield page
        assert not troubles, troubles


def card(page: Page, asset_id: str, state: str = "") -> Any:
    """Return the library's card of an asset, of one in a state if it is given."""
    return page.locator(f'.card[data-asset="{asset_id}"]' + (f'[data-state="{state}"]' if state else ""))


async def serve_sources(page: Page, stack: Stack) -> list[str]:
    """Have a page get the sources, as of a gateway without a bundle, whose policy it has; return what it takes of them.

    The page must be of the gateway already, at an address that is none of the page's own.
    """
    sources, taken = PAGE_FOLDER / "src", list[str]()

    async def send_source(route: Route) -> None:
        name = urlsplit(route.request.url).path.removeprefix("/static/")
        taken.append(name)
        await route.fulfill(path=sources / name)

    async def send_document(route: Route) -> None:
        answer = await route.fetch()
        await route.fulfill(response=answer, body=(sources / "index.html").read_text())

    await page.route("**/static/**", send_source)
    await page.route(re.compile(f"^{re.escape(stack.running.gateway_url)}/(assets/.*)?$"), send_document)
    return taken


async def serious_faults(page: Page) -> list[dict[str, Any]]:
    """Return what axe finds that keeps people out."""
    await page.evaluate((PAGE_FOLDER / "node_modules/axe-core/axe.min.js").read_text())
    return [fault for fault in await page.evaluate(_CHECK) if fault["impact"] in _SERIOUS]


async def cut_off(page: Page) -> list[str]:
    """Return what lies beyond the sides of the screen, so that one would have to scroll for it."""
    assert page.viewport_size is not None
    found: list[str] = await page.evaluate(_BEYOND, page.viewport_size["width"])
    return found


async def photograph(page: Page, name: str) -> None:
    """Keep a picture of the page in ``HEADRACE_SCREENSHOTS``, or else beside other temporary files."""
    folder = Path(os.environ.get("HEADRACE_SCREENSHOTS") or Path(tempfile.gettempdir()) / "headrace-screenshots")
    await page.screenshot(path=folder / f"{re.sub('[^a-z0-9]+', '-', name)}.png")
