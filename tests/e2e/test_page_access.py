"""Who may look sees the page well: on a desktop, a phone, in the dark, with a screen reader. Nobody else sees it."""

from pathlib import Path
from typing import Any

import nats
import pytest
from nats.aio.client import Client
from playwright.async_api import Browser, expect

from contracts.v1 import AssetReady
from infra.local.stack import Stack
from services.runtime.store import Store
from tests.calling import calling
from tests.looking import WAYS_TO_LOOK, card, cut_off, looking, photograph, serious_faults
from tests.media import make_clip
from tests.watch import facts_until, id_of

PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="module")
async def shown(services: Stack, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return an asset that is ready, beside one that is broken."""
    settings = services.settings
    assert settings.nats_password is not None
    nc: Client = await nats.connect(
        settings.nats_url, user=settings.nats_user, password=settings.nats_password.get_secret_value()
    )
    clip: Path = make_clip(
        tmp_path_factory.mktemp("clips") / "clip.mp4", width=640, height=360, frames=200, beeps_s=[1.0]
    )
    async with Store.connect(settings) as store:
        await store.put("uploads/looks/broken.mp4", b"no film at all", content_type="video/mp4")
        await store.put("uploads/looks/river at dawn.mp4", clip.read_bytes(), content_type="video/mp4")
        asset_id = await id_of(store, "uploads/looks/river at dawn.mp4")
        await facts_until(nc, asset_id, AssetReady)
    await nc.close()
    return asset_id


@pytest.mark.parametrize("way", WAYS_TO_LOOK)
async def test_every_part_looks_well_and_keeps_nobody_out(
    browser: Browser, services: Stack, shown: str, way: str
) -> None:
    own: dict[str, Any] = WAYS_TO_LOOK[way]
    async with looking(browser, services, key=None, **own) as page:
        await page.get_by_role("heading", name="Sign in").wait_for()
        await photograph(page, f"sign-in {way}")
        assert await serious_faults(page) == []
        assert await cut_off(page) == []
    async with looking(browser, services, **own) as page:
        await expect(card(page, shown, "ready").locator("img")).to_have_js_property("complete", value=True)
        await photograph(page, f"library {way}")
        assert await serious_faults(page) == []
        assert await cut_off(page) == []
        await card(page, shown).get_by_role("checkbox").check()
        await photograph(page, f"selection {way}")
        assert await serious_faults(page) == []
        assert await cut_off(page) == []
    async with looking(browser, services, "/operations", **own) as page:
        await page.get_by_role("heading", name="Queues").wait_for()
        await page.locator("[data-letter]").first.wait_for()
        await photograph(page, f"operations {way}")
        assert await serious_faults(page) == []
        assert await cut_off(page) == []


async def test_users_sign_in_with_a_password_and_out_again(browser: Browser, services: Stack) -> None:
    url = services.running.gateway_url
    async with calling(services) as http:
        user = {"email": "looker-at-the-page@example.com", "password": PASSWORD, "role": "viewer"}
        assert (await http.post("/v1/users", json=user)).is_success
    async with looking(browser, services, "/?q=river", key=None) as page:
        await page.get_by_label("E-mail").fill("looker-at-the-page@example.com")
        await page.get_by_label("Password", exact=True).fill("wrong horse battery staple")
        await page.locator("[data-door=user] button").click()
        await expect(page.locator("[data-door=user] .trouble")).not_to_be_empty()
        await page.get_by_label("Password", exact=True).fill(PASSWORD)
        await page.locator("[data-door=user] button").click()
        await page.wait_for_url("**/?q=river")
        await page.get_by_role("heading", name="Library").wait_for()
        # A viewer neither uploads nor operates.
        await expect(page.get_by_role("button", name="Upload", exact=True)).to_have_count(0)
        await expect(page.get_by_role("link", name="Operations")).to_have_count(0)
        assert await page.evaluate("document.cookie") == ""
        await page.reload()
        await page.get_by_role("heading", name="Library").wait_for()
        await page.get_by_role("button", name="Sign out").click()
        await page.get_by_role("heading", name="Sign in").wait_for()
        await page.goto(url)
        await page.get_by_role("heading", name="Sign in").wait_for()


@pytest.mark.usefixtures("shown")
async def test_dead_letters_are_replayed_and_dropped_with_one_press(
    browser: Browser, services: Stack, store: Store
) -> None:
    broken = await id_of(store, "uploads/looks/broken.mp4")
    async with looking(browser, services, "/operations") as page:
        letter = page.locator("[data-letter]", has_text=broken[:8])
        number = await letter.get_attribute("data-letter")
        await letter.get_by_role("button", name="Replay").click()
        await page.get_by_text("1 letter replayed.").wait_for()
        # What is broken stays so: it comes back as another letter.
        await expect(page.locator(f'[data-letter="{number}"]')).to_have_count(0)
        await letter.get_by_role("button", name="Drop").click()
        await expect(letter).to_have_count(0)


async def test_a_queue_is_paused_and_goes_on(browser: Browser, services: Stack) -> None:
    async with looking(browser, services, "/operations") as page:
        pause, resume = (page.get_by_role("button", name=f"{what} thumbnail") for what in ("Pause", "Resume"))
        await pause.focus()
        # What is read anew, again and again, takes the focus from nobody.
        for _ in range(2):
            await page.wait_for_event("response", lambda answer: answer.url.endswith("/v1/operations/status"))
        await expect(pause).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(resume).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(pause).to_be_focused()


async def test_that_nobody_tells_how_things_are_is_said_until_somebody_does(browser: Browser, services: Stack) -> None:
    detail = "No process of `operate` answers; start it, and see its log."
    problem = {"type": "/problems/console_unavailable", "title": "", "status": 503, "code": "console_unavailable"}
    async with looking(browser, services, "/healthz") as page:
        status = "**/v1/operations/status"
        await page.route(status, lambda route: route.fulfill(status=503, json=problem | {"detail": detail}))
        await page.goto(f"{services.running.gateway_url}/operations")
        told = page.get_by_text(detail)
        await told.wait_for()
        await expect(page.get_by_role("heading", name="Queues")).to_be_hidden()
        await page.unroute(status)
        await page.get_by_role("heading", name="Queues").wait_for()
        await expect(told).to_have_count(0)
