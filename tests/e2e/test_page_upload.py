"""Uploads through the page: interrupted in the middle, they go on; what cannot be taken is said before it is sent."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Locator, Page, Request, Route

from infra.local.stack import Stack
from tests.calling import calling
from tests.looking import WAYS_TO_LOOK, card, cut_off, looking, photograph, serious_faults
from tests.media import make_clip
from tests.watch import PATIENCE_S

PART = re.compile(r"[?&]partNumber=(\d+)")
REMEMBERED = "localStorage.getItem('headrace.uploads')"
LET_THROUGH = 3
PADDED_BYTES = 105 << 20


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a short clip in a file that is sent in parts."""
    path = make_clip(tmp_path_factory.mktemp("clips") / "large.mp4", width=320, height=180, frames=50)
    with path.open("r+b") as file:
        size = file.seek(0, 2)
        file.write((PADDED_BYTES - size).to_bytes(4, "big") + b"free")
        file.truncate(PADDED_BYTES)
    return path


async def choose(page: Page, button: Locator, *files: Path) -> None:
    async with page.expect_file_chooser() as chooser:
        await button.click()
    await (await chooser.value).set_files(files)


def row(page: Page, name: str, state: str) -> Locator:
    return page.locator(f'.upload[data-name="{name}"][data-state="{state}"]')


async def begun(page: Page) -> dict[str, Any]:
    """Return what the browser remembers of the upload that was begun."""
    async with asyncio.timeout(PATIENCE_S):
        while not (records := json.loads(await page.evaluate(REMEMBERED) or "[]")):
            await asyncio.sleep(0.05)
    (record,) = records
    return dict(record)


async def stored(services: Stack, upload_id: str, at_least: int) -> list[int]:
    async with calling(services) as http:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                told = (await http.get(f"/v1/uploads/{upload_id}")).json()
                if len(told["stored"]) >= at_least:
                    return list(told["stored"])
                await asyncio.sleep(0.1)


async def test_a_page_that_is_loaded_anew_goes_on_with_the_same_file_and_no_other(
    browser: Browser, services: Stack, large: Path, tmp_path: Path
) -> None:
    let_through: list[Route] = []
    sent: list[int] = []

    async def hold(route: Route) -> None:
        let_through.append(route)
        if len(let_through) <= LET_THROUGH:
            await route.continue_()

    def note(request: Request) -> None:
        if request.method == "PUT" and (found := PART.search(request.url)):
            sent.append(int(found[1]))

    async with looking(browser, services) as page:
        await page.route(PART, hold)
        await choose(page, page.get_by_role("button", name="Upload", exact=True), large)
        await row(page, large.name, "sending").wait_for()
        upload = await begun(page)
        held = await stored(services, upload["upload_id"], LET_THROUGH)

        await page.reload()
        await page.unroute(PART)
        waiting = row(page, large.name, "interrupted")
        await waiting.get_by_text("have arrived; choose the same file to go on").wait_for()
        other = tmp_path / "other.mp4"
        other.write_bytes(b"another film")
        await choose(page, waiting.get_by_role("button", name="Choose the file"), other)
        await waiting.get_by_text("is not the file that was begun").wait_for()

        page.on("request", note)
        await choose(page, waiting.get_by_role("button", name="Choose the file"), large)
        await row(page, large.name, "arrived").wait_for()
        assert sorted(sent) == sorted(set(range(1, 12)) - set(held))
        await card(page, upload["asset_id"], "ready").wait_for()
        assert await page.evaluate(REMEMBERED) == "[]"


async def test_an_upload_pauses_and_goes_on_and_can_be_given_up(browser: Browser, services: Stack, large: Path) -> None:
    held: list[Route] = []
    async with looking(browser, services) as page:
        await page.route(PART, lambda route: held.append(route))  # noqa: PLW0108 (Playwright marks what it is given)
        await choose(page, page.get_by_role("button", name="Upload", exact=True), large)
        await row(page, large.name, "sending").get_by_role("button", name="Pause").click()
        await row(page, large.name, "paused").get_by_role("button", name="Resume").click()
        await row(page, large.name, "sending").wait_for()
        upload = await begun(page)
        # What was asked for before may be answered meanwhile.
        async with page.expect_response(lambda answer: answer.request.method == "DELETE") as answer:
            await row(page, large.name, "sending").get_by_role("button", name="Cancel").click()
        assert "/v1/uploads/" in (await answer.value).url
        assert await page.locator(".upload").count() == 0
    async with calling(services) as http:
        told = (await http.get(f"/v1/uploads/{upload['upload_id']}")).json()
    assert told["state"] == "aborted"


async def test_what_is_no_video_is_refused_before_anything_is_asked_or_sent(
    browser: Browser, services: Stack, tmp_path: Path
) -> None:
    asked: list[str] = []
    text, sound, empty = tmp_path / "notes.txt", tmp_path / "song.flac", tmp_path / "empty.mp4"
    text.write_text("notes")
    sound.write_bytes(b"fLaC")
    empty.touch()
    async with looking(browser, services) as page:
        page.on("request", lambda request: asked.append(f"{request.method} {urlsplit(request.url).path}"))
        await choose(page, page.get_by_role("button", name="Upload", exact=True), text, sound, empty)
        await row(page, text.name, "failed").get_by_text("This is text/plain, and no video.").wait_for()
        await row(page, sound.name, "failed").get_by_text("and no video.").wait_for()
        await row(page, empty.name, "failed").get_by_text("The file is empty").wait_for()
    assert not [one for one in asked if one.startswith(("PUT ", "POST /v1/uploads"))]


async def test_what_the_gateway_does_not_take_is_said_before_a_byte_is_sent(
    browser: Browser, services: Stack, tmp_path: Path
) -> None:
    clip = make_clip(tmp_path / "refused.mp4")
    puts: list[Request] = []
    detail = "The file has more bytes than this Headrace takes; send a shorter one."
    async with looking(browser, services) as page:
        page.on("request", lambda request: puts.append(request) if request.method == "PUT" else None)
        problem = {"type": "/problems/upload_too_large", "title": "", "status": 413, "code": "upload_too_large"}
        await page.route("**/v1/uploads", lambda route: route.fulfill(status=413, json=problem | {"detail": detail}))
        await choose(page, page.get_by_role("button", name="Upload", exact=True), clip)
        await row(page, clip.name, "failed").get_by_text(detail).wait_for()
    assert puts == []


@pytest.mark.parametrize("way", WAYS_TO_LOOK)
async def test_uploads_look_well_and_keep_nobody_out(
    browser: Browser, services: Stack, tmp_path: Path, way: str
) -> None:
    clip = make_clip(tmp_path / f"sent on {way}.mp4", width=320, height=180, frames=50)
    empty = tmp_path / "notes.txt"
    empty.write_text("no film at all")
    held: list[Route] = []

    async def hold(route: Route) -> None:
        held.append(route)

    async with looking(browser, services, **WAYS_TO_LOOK[way]) as page:
        await page.route(re.compile("X-Amz-Signature"), hold)
        await choose(page, page.get_by_role("button", name="Upload", exact=True), clip, empty)
        await row(page, empty.name, "failed").wait_for()
        await row(page, clip.name, "sending").wait_for()
        await photograph(page, f"upload {way}")
        assert await serious_faults(page) == []
        assert await cut_off(page) == []
