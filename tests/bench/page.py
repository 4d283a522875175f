"""How long the web page takes until somebody sees it: first loads in Chromium, each with an empty cache.

The first paint is what the browser calls the first contentful paint; `there` is when what was come for is there.
"""

import asyncio
import os
import shutil
import statistics
import tempfile
from pathlib import Path

import msgspec
import nats
from playwright.async_api import Browser, async_playwright
from rich.console import Console
from rich.table import Table

from contracts.v1 import AssetReady
from infra.local.stack import Stack
from infra.local.up import headrace
from services.runtime.store import Store
from tests.media import make_clip
from tests.watch import facts_until, id_of

ASSETS = 12
LOADS = 5
GOAL_S = 1.0
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
LIBRARY, ASSET = "/", "/assets/"
# What is waited for, and on which page.
THERE = {
    "library: all posters": (
        LIBRARY,
        """() => {
            const posters = [...document.querySelectorAll(".card img")];
            return posters.length > 0 && posters.every(poster => poster.complete) && performance.now();
        }""",
    ),
    "asset: its player": (ASSET, "() => document.querySelector('headrace-player .hp-bar') && performance.now()"),
    "asset: first picture": (
        ASSET,
        """() => {
            const {video} = document.querySelector("headrace-player") ?? {};
            return video?.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && performance.now();
        }""",
    ),
}
PAINTED = """() => ({
    paint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime,
    load: performance.getEntriesByType("navigation")[0].loadEventEnd,
})"""


class Load(msgspec.Struct, frozen=True):
    """One first load, in seconds from the navigation."""

    paint_s: float
    load_s: float
    there_s: float


async def fill(stack: Stack, folder: Path) -> str:
    """Make assets, and return the id of one."""
    settings = stack.settings
    password = settings.nats_password.get_secret_value() if settings.nats_password else None
    nc = await nats.connect(settings.nats_url, user=settings.nats_user, password=password)
    asset_id = ""
    async with Store.connect(settings) as store:
        for number in range(ASSETS):
            clip = make_clip(folder / "clip.mp4", width=640, height=360, frames=100 + number, beeps_s=[0.5])
            key = f"uploads/{number}.mp4"
            await store.put(key, clip.read_bytes(), content_type="video/mp4")
            asset_id = await id_of(store, key)
            await facts_until(nc, asset_id, AssetReady)
    await nc.close()
    return asset_id


async def first_load(browser: Browser, stack: Stack, address: str, there: str) -> Load:
    """Load a page as somebody who has never been there, but is signed in."""
    async with await browser.new_context() as context:
        page = await context.new_page()
        await page.add_init_script(f"sessionStorage.setItem('headrace.key', '{stack.admin_key}')")
        await page.goto(stack.running.gateway_url + address)
        there_ms = await (await page.wait_for_function(there, polling=10)).json_value()
        painted = await page.evaluate(PAINTED)
        return Load(painted["paint"] / 1000, painted["load"] / 1000, there_ms / 1000)


async def measure(folder: Path) -> dict[str, list[Load]]:
    """Return the loads of the library and of an asset's page."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    async with headrace(folder / "stack", environment={}) as stack, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        asset_id = await fill(stack, folder)
        measured = {
            name: [
                await first_load(browser, stack, page + asset_id if page == ASSET else page, there)
                for _ in range(LOADS)
            ]
            for name, (page, there) in THERE.items()
        }
        await browser.close()
        return measured


def table_of(measured: dict[str, list[Load]]) -> Table:
    """Return medians, and whether what was come for is there in time."""
    table = Table(title=f"Seconds of a first load in Chromium, medians of {LOADS}, {ASSETS} assets")
    for column in ("page", "first paint", "loaded", "there", f"within {GOAL_S:g} s"):
        table.add_column(column, justify="left" if column == "page" else "right")
    for name, loads in measured.items():
        medians = [
            statistics.median(of_all) for of_all in zip(*(msgspec.structs.astuple(load) for load in loads), strict=True)
        ]
        table.add_row(name, *(f"{value:.2f}" for value in medians), "yes" if max(medians) <= GOAL_S else "no")
    return table


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        Console(width=100).print(table_of(asyncio.run(measure(Path(folder)))))


if __name__ == "__main__":
    main()
