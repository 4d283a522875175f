"""An asset's page tells everything that is known of it, and takes nothing away that somebody is writing."""

import re
from pathlib import Path

import pytest
from nats.aio.client import Client
from playwright.async_api import Browser, expect

from contracts.v1 import AssetReady, QualityMeasured
from infra.local.stack import Stack
from services.runtime.store import Store
from tests.calling import calling
from tests.looking import looking
from tests.tracks import Sound, Text, make_film
from tests.watch import facts_until, id_of


@pytest.fixture
async def asset_id(store: Store, nc: Client, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """Return an asset of its own that is ready and was compared with its original."""
    path = make_film(
        tmp_path / "film.mkv", seconds=10, sounds=[Sound("eng", layout="5.1")], texts=[Text("ger", [(1, 2, "Eins")])]
    )
    key = f"uploads/{request.node.name}/film.mkv"
    await store.put(key, path.read_bytes(), content_type="video/x-matroska")
    own = await id_of(store, key)
    facts = await facts_until(nc, own, QualityMeasured)
    assert any(isinstance(fact, AssetReady) for fact in facts)
    return own


async def test_it_tells_of_the_file_of_what_was_made_and_of_who_made_it(
    browser: Browser, services: Stack, asset_id: str
) -> None:
    async with looking(browser, services, f"/assets/{asset_id}") as page:
        file = page.get_by_role("region", name="Original", exact=True)
        await expect(file).to_contain_text("Matroska or WebM")
        await expect(file).to_contain_text("160 × 90, 25 pictures/s")
        await expect(file).to_contain_text("6 channels, 48 kHz, English")
        await expect(file).to_contain_text("subrip, German")
        renditions = page.get_by_role("region", name="Renditions", exact=True).first
        await expect(renditions.get_by_role("row", name="video/90p")).to_contain_text("dB")
        await expect(renditions.get_by_role("row", name="audio/main")).to_contain_text("2 channels")
        timeline = page.get_by_role("region", name="Timeline", exact=True)
        await timeline.get_by_role("button", name="Show all").click()
        arrived = timeline.get_by_role("row").filter(has_text="The file arrived")
        await expect(arrived).to_contain_text("ingest")
        # What was encoded says how long it took, by whom, and in which process.
        encoded = timeline.get_by_role("row").filter(has_text="A part was encoded").first.get_by_role("cell")
        for number, pattern in ((1, r"\d m?s$"), (2, "^ladder_encode$"), (3, r"\S+-\d+")):
            await expect(encoded.nth(number)).to_have_text(re.compile(pattern))
        shared = page.get_by_role("region", name="Share", exact=True)
        await expect(shared.get_by_label("Embed code", exact=True)).to_have_value(
            re.compile(f'^<iframe src="{services.running.gateway_url}/embed/{asset_id}"')
        )
        await expect(shared.get_by_label("HLS", exact=True)).to_have_value(re.compile(r"index\.m3u8$"))


async def test_why_an_asset_cannot_be_shown_is_said(browser: Browser, services: Stack) -> None:
    detail = "The catalog is away for a moment; try again."
    problem = {"type": "/problems/database_unavailable", "title": "", "status": 503, "code": "database_unavailable"}
    async with looking(browser, services, "/assets/nothing") as page:
        await expect(page.get_by_role("alert")).to_contain_text("There is no such asset")
        await page.route("**/v1/assets/nothing", lambda one: one.fulfill(status=503, json=problem | {"detail": detail}))
        await page.reload()
        await expect(page.get_by_role("alert")).to_have_text(f"{detail} To the library")
        await page.get_by_role("link", name="To the library").click()
        await page.get_by_role("heading", name="Library").wait_for()


async def test_what_somebody_types_about_an_asset_is_not_taken_away_by_what_others_save(
    browser: Browser, services: Stack, asset_id: str
) -> None:
    async with looking(browser, services, f"/assets/{asset_id}") as page:
        await page.get_by_label("Description").fill("Mine, half")
        async with calling(services) as http:
            (await http.patch(f"/v1/assets/{asset_id}", json={"title": "Theirs"})).raise_for_status()
            await expect(page.get_by_role("heading", level=1)).to_have_text("Theirs")
            await expect(page.get_by_label("Title")).to_have_value("Theirs")
            await expect(page.get_by_label("Description")).to_have_value("Mine, half")
            await page.get_by_role("region", name="About", exact=True).get_by_role("button", name="Save").click()
            await page.get_by_text("Saved.").wait_for()
            told = (await http.get(f"/v1/assets/{asset_id}")).json()
    assert (told["title"], told["description"]) == ("Theirs", "Mine, half")
