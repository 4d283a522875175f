"""The mark that whoever runs this wants over the picture, on every page that plays."""

from typing import Any

import pytest
from playwright.async_api import Browser, expect

from infra.local.stack import Stack
from services.runtime.settings import Settings
from tests.deliveries import Delivery
from tests.looking import looking
from tests.serving import serving

PLACES = ["assets", "embed"]
TEXT = {
    "watermark_text": "Not for sale",
    "watermark_position": "bottom-left",
    "watermark_opacity": 0.25,
    "watermark_size": 5,
}
# Where the mark is, as shares of the picture's width and height.
LOOK = """mark => {
    const box = mark.getBoundingClientRect(), whole = mark.closest("headrace-player").getBoundingClientRect();
    const {fontSize, opacity, pointerEvents} = getComputedStyle(mark);
    return {
        left: (box.left - whole.left) / whole.width, right: (whole.right - box.right) / whole.width,
        top: (box.top - whole.top) / whole.height, bottom: (whole.bottom - box.bottom) / whole.height,
        width: box.width / whole.width, font: parseFloat(fontSize) / whole.width,
        opacity: Number(opacity), presses: pointerEvents,
    };
}"""


@pytest.mark.parametrize("place", PLACES)
async def test_a_text_is_shown_where_how_large_and_how_faintly_the_settings_say(
    browser: Browser, services: Stack, settings: Settings, deliveries: dict[str, Delivery], place: str
) -> None:
    asset_id = deliveries["encoded"].ready.asset_id
    async with serving(settings, None, **TEXT) as gateway, looking(browser, services, "/healthz") as page:
        await page.goto(f"{gateway.base_url}/{place}/{asset_id}")
        mark = page.locator(".hp-watermark")
        await expect(mark).to_have_text("Not for sale")
        seen: dict[str, Any] = await mark.evaluate(LOOK)
    assert (seen["left"], seen["opacity"], seen["presses"]) == (0, 0.25, "none")
    assert seen["font"] == pytest.approx(0.05, abs=0.005)
    # It lies in its corner, above the controls.
    assert seen["top"] > 0.5
    assert 0 < seen["bottom"] < 0.3


@pytest.mark.parametrize("place", PLACES)
async def test_an_image_is_shown_as_wide_as_the_settings_say(
    browser: Browser, services: Stack, settings: Settings, deliveries: dict[str, Delivery], place: str
) -> None:
    delivery = deliveries["encoded"]
    image = f"{delivery.base_url}/{delivery.ready.poster_key}"
    marked = {"watermark_image": image, "watermark_position": "top-right", "watermark_size": 20}
    async with serving(settings, None, **marked) as gateway, looking(browser, services, "/healthz") as page:
        await page.goto(f"{gateway.base_url}/{place}/{delivery.ready.asset_id}")
        mark = page.locator(".hp-watermark")
        await page.wait_for_function("() => document.querySelector('.hp-watermark img')?.naturalWidth > 0")
        seen: dict[str, Any] = await mark.evaluate(LOOK)
    assert (seen["right"], seen["top"]) == (pytest.approx(0, abs=0.01), pytest.approx(0, abs=0.01))
    assert seen["width"] == pytest.approx(0.2, abs=0.01)


async def test_without_the_setting_nothing_is_over_the_picture(
    browser: Browser, services: Stack, deliveries: dict[str, Delivery]
) -> None:
    for place in PLACES:
        async with looking(browser, services, f"/{place}/{deliveries['encoded'].ready.asset_id}") as page:
            await page.locator("headrace-player").wait_for()
            await expect(page.locator(".hp-watermark")).to_have_count(0)
