"""Text tracks on an asset's page: read, corrected, added, taken away; what somebody wrote is never lost."""

import asyncio
import re
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from av.stream import Disposition
from nats.aio.client import Client
from nats.js import JetStreamContext
from playwright.async_api import Browser, Locator, Page, expect

from contracts.codec import encode
from contracts.v1 import AssetReady, CaptionsMade, CaptionsRefused
from infra.local.stack import Stack
from services.runtime.log import FactLog
from services.runtime.store import Store
from tests.calling import calling
from tests.e2e.conftest import SAID
from tests.looking import WAYS_TO_LOOK, card, cut_off, looking, photograph, serious_faults
from tests.tracks import Sound, Text, make_film
from tests.voice import make_talk, silence, voice
from tests.watch import PATIENCE_S, facts_until, id_of

GERMAN = [(0.5, 2.0, "Eins ist der Anfang."), (3.5, 6.0, "Zwei komt danach."), (7.0, 9.5, "Die Muehle & der Bach.")]
ENGLISH = [(0.5, 2.0, "One is the beginning."), (5.0, 9.0, "[music]")]
# What a viewer reads at a moment: the cues of all tracks that are shown.
READ = """() => [...document.querySelector("video").textTracks]
    .filter(track => track.mode === "showing").flatMap(track => [...track.activeCues ?? []].map(cue => cue.text))"""
READS = f"wanted => JSON.stringify(({READ})()) === JSON.stringify(wanted)"


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return ten seconds with two languages, subtitles in both, and chapters."""
    path = make_film(
        tmp_path_factory.mktemp("film") / "film.mkv",
        seconds=10,
        sounds=[Sound("ger"), Sound("eng")],
        texts=[
            Text("ger", GERMAN, flags=Disposition.default),
            Text("eng", ENGLISH, flags=Disposition.hearing_impaired),
        ],
        chapters=[(0, 4, "Beginning"), (4, 10, "")],
    )
    return path.read_bytes()


@pytest.fixture
async def asset_id(film: bytes, store: Store, nc: Client, request: pytest.FixtureRequest) -> str:
    """Return an asset of its own that is ready, and has both text tracks of its file."""
    key = f"uploads/{re.sub('[^a-z_]+', '-', request.node.name)}/film.mkv"
    await store.put(key, film, content_type="video/x-matroska")
    own = await id_of(store, key)
    await facts_until(nc, own, AssetReady)
    log = FactLog(nc.jetstream())
    async with asyncio.timeout(PATIENCE_S):
        # Nobody waits for text before an asset is ready.
        while len([fact for fact in await log.facts(own, CaptionsMade) if fact.source == "embedded"]) < 2:
            await asyncio.sleep(0.1)
    return own


def line(page: Page, name: str) -> Locator:
    """Return a track's line in the list."""
    return page.locator(".track").filter(has=page.locator("strong", has_text=re.compile(f"^{name}$")))


def cue(page: Page, text: str) -> Locator:
    return page.locator(".cue").filter(has_text=text)


async def opened(page: Page, name: str, number: int) -> None:
    """Open a track's text, which has this many cues."""
    await page.get_by_role("button", name=f"Text: {name}").click()
    await expect(page.locator(".cue")).to_have_count(number)


async def write(page: Page, text: str, instead: str) -> None:
    """Correct the cue with a text."""
    await page.get_by_role("button", name=f"Correct: {text}").click()
    await page.get_by_label("Text of the cue").fill(instead)
    await page.keyboard.press("Control+Enter")


async def save(page: Page) -> None:
    await page.get_by_role("region", name="Cues").get_by_role("button", name="Save", exact=True).click()


async def goes_to(page: Page, at_s: float) -> None:
    await page.wait_for_function(
        f"() => Math.abs(document.querySelector('headrace-player')?.video.currentTime - {at_s}) < 0.3"
    )


async def plays(page: Page) -> None:
    await page.wait_for_function("() => document.querySelector('headrace-player')?.video.readyState >= 2")


async def vtt_of(http: httpx.AsyncClient, asset_id: str, track: str) -> list[tuple[float, float, str]]:
    told = (await http.get(f"/v1/assets/{asset_id}/captions/{track}")).json()
    return [(one["start_s"], one["end_s"], one["text"]) for one in told["cue_list"]]


async def test_a_cue_is_corrected_with_the_keyboard_and_the_player_shows_it_without_a_reload(
    browser: Browser, services: Stack, asset_id: str
) -> None:
    async with looking(browser, services, f"/assets/{asset_id}") as page:
        await plays(page)
        await expect(line(page, "German")).to_contain_text("from the file · 3 cues · version 1")
        await opened(page, "German", 3)
        await cue(page, "Zwei komt danach.").get_by_role("button", name="Go to 0:03").click()
        await goes_to(page, 3.5)
        await page.wait_for_function(READS, arg=["Zwei komt danach."])
        await expect(cue(page, "Zwei komt danach.")).to_have_class(re.compile("said-now"))

        correct = page.get_by_role("button", name="Correct: Zwei komt danach.")
        await correct.focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_label("Text of the cue")).to_be_focused()
        await page.keyboard.press("Control+A")
        await page.keyboard.type("Zwei kommt danach.")
        await page.get_by_label("Start of the cue").fill("0:03.2")
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("button", name="Correct: Zwei kommt danach.")).to_be_focused()
        await save(page)

        await expect(page.get_by_role("region", name="Cues")).to_contain_text("Saved as version 2")
        await page.wait_for_function(READS, arg=["Zwei kommt danach."])
        await expect(line(page, "German")).to_contain_text("corrected by hand · 3 cues · version 2")
        async with calling(services) as http:
            changed = await vtt_of(http, asset_id, "embedded-3")
        assert changed[1] == (3.2, 6.0, "Zwei kommt danach.")


async def test_cues_are_added_and_removed_and_what_cannot_be_saved_is_said(
    browser: Browser, services: Stack, asset_id: str
) -> None:
    async with looking(browser, services, f"/assets/{asset_id}") as page:
        await plays(page)
        await opened(page, "German", 3)
        await page.get_by_role("button", name="Correct: Eins").click()
        await page.get_by_role("button", name="Remove", exact=True).click()
        await page.get_by_role("button", name="Put back").click()
        await page.get_by_role("button", name="Correct: Eins").click()
        await page.get_by_role("button", name="Remove", exact=True).click()

        await page.get_by_role("button", name="Correct: Zwei").click()
        await page.get_by_role("button", name="Add one after").click()
        await save(page)
        await page.locator("#said").get_by_text("Write what is said, or remove the cue.").wait_for()
        added = page.locator(".cue").nth(2)
        await added.get_by_label("Text of the cue").fill("Tief & klar < breit")
        await added.get_by_label("End of the cue").fill("gleich")
        await expect(added.get_by_role("alert")).to_have_text("Write a time as 1:02.345.")
        await added.get_by_label("End of the cue").fill("5,9")
        await expect(added.get_by_role("alert")).to_have_text("It ends before it begins, or at once.")
        await page.locator("headrace-player").evaluate("player => player.seek(6.85)")
        await added.get_by_role("button", name="Now as end").click()
        await expect(added.get_by_label("End of the cue")).to_have_value("0:06.750")
        await save(page)

        await expect(line(page, "German")).to_contain_text("corrected by hand · 3 cues · version 2")
        async with calling(services) as http:
            assert await vtt_of(http, asset_id, "embedded-3") == [
                GERMAN[1],
                (6.0, 6.75, "Tief &amp; klar &lt; breit"),
                (7.0, 9.5, "Die Muehle &amp; der Bach."),
            ]
        # What people read and write is no markup, unless they want it to be.
        await page.get_by_role("button", name="Correct: Tief & klar < breit").click()
        await expect(page.get_by_label("Text of the cue")).to_have_value("Tief & klar < breit")
        await page.get_by_label("Text of the cue").fill("<i>Tief</i> & klar")
        await save(page)
        await expect(line(page, "German")).to_have_attribute("data-version", "3")
        await page.get_by_role("button", name="Correct: Tief & klar").click()
        await expect(page.get_by_label("Text of the cue")).to_have_value("<i>Tief</i> & klar")


async def change(services: Stack, asset_id: str, number: int, text: str) -> None:
    """Do what somebody else does meanwhile."""
    async with calling(services) as http:
        path = f"/v1/assets/{asset_id}/captions/embedded-3"
        answer = await http.patch(path, json={"changes": [{"number": number, "text": text}]})
        answer.raise_for_status()


async def test_what_others_saved_meanwhile_is_told_and_nothing_is_lost(
    browser: Browser, services: Stack, asset_id: str
) -> None:
    async with looking(browser, services, f"/assets/{asset_id}") as page:
        await opened(page, "German", 3)
        await write(page, "Zwei komt danach.", "Zwei kommt danach.")
        # Somebody else corrects another cue: both stay.
        await change(services, asset_id, 2, "Die Mühle am Bach.")
        await expect(line(page, "German")).to_have_attribute("data-version", "2")
        await save(page)
        asked = page.get_by_role("region", name="Cues").get_by_role("alert")
        await expect(asked).to_contain_text("You changed other cues than they did.")
        await expect(cue(page, "Zwei kommt danach.")).to_have_count(1)
        await asked.get_by_role("button", name="Save both").click()
        await expect(line(page, "German")).to_have_attribute("data-version", "3")

        # Now the same one: whoever wrote it decides.
        await expect(page.locator(".cue")).to_contain_text(["Eins", "Zwei kommt danach.", "Die Mühle am Bach."])
        await write(page, "Zwei kommt danach.", "Zwei, mein Text.")
        await change(services, asset_id, 1, "Zwei, ihr Text.")
        await expect(line(page, "German")).to_have_attribute("data-version", "4")
        await save(page)
        await expect(asked).to_contain_text("You both changed the same cues.")
        await expect(asked.get_by_role("button", name="Save both")).to_have_count(0)
        async with page.expect_download() as saved:
            await asked.get_by_role("button", name="Download mine").click()
        assert "Zwei, mein Text." in Path(await (await saved.value).path()).read_text()
        await asked.get_by_role("button", name="Save mine as another track").click()
        await expect(page.locator(".track", has_text="uploaded")).to_contain_text("3 cues")
        await expect(cue(page, "Zwei, ihr Text.")).to_have_count(1)
        async with calling(services) as http:
            own = [text for *_, text in await vtt_of(http, asset_id, "upload-de")]
        assert own == ["Eins ist der Anfang.", "Zwei, mein Text.", "Die Mühle am Bach."]


async def test_what_was_not_saved_is_there_after_a_reload_and_after_the_track_was_deleted(
    browser: Browser, services: Stack, asset_id: str
) -> None:
    async with looking(browser, services, f"/assets/{asset_id}") as page:
        await opened(page, "English", 2)
        await write(page, "One is the beginning.", "One was the beginning.")
        await page.reload()
        await expect(line(page, "English").locator(".track-mark").last).to_have_text("Changes not saved")
        await opened(page, "English", 2)
        await expect(page.get_by_role("region", name="Cues")).to_contain_text("did not save is here again")
        async with calling(services) as http:
            (await http.delete(f"/v1/assets/{asset_id}/captions/embedded-4")).raise_for_status()
        await expect(line(page, "English")).to_have_count(0)
        await save(page)
        asked = page.get_by_role("region", name="Cues").get_by_role("alert")
        await expect(asked).to_contain_text("Somebody else deleted this track while you wrote.")
        await asked.get_by_role("button", name="Save mine as another track").click()
        await expect(line(page, "English")).to_contain_text("uploaded · 2 cues")
        await opened(page, "English", 2)
        await expect(cue(page, "One was the beginning.")).to_have_count(1)


async def test_what_was_written_in_a_track_that_is_gone_is_still_there(
    browser: Browser, services: Stack, asset_id: str
) -> None:
    async with looking(browser, services, f"/assets/{asset_id}") as page:
        await opened(page, "English", 2)
        await write(page, "One is the beginning.", "One was the beginning.")
        async with calling(services) as http:
            (await http.delete(f"/v1/assets/{asset_id}/captions/embedded-4")).raise_for_status()
        await page.reload()
        left = page.locator("[data-orphan]")
        await expect(left).to_contain_text("“English” was deleted.")
        await left.get_by_role("button", name="Save mine as another track").click()
        await expect(left).to_have_count(0)
        async with calling(services) as http:
            assert [text for *_, text in await vtt_of(http, asset_id, "upload-en")] == [
                "One was the beginning.",
                "[music]",
            ]


async def test_files_are_added_described_made_default_saved_and_deleted(
    browser: Browser, services: Stack, asset_id: str, tmp_path: Path
) -> None:
    wrong, right = tmp_path / "wrong.fr.srt", tmp_path / "right.fr.srt"
    wrong.write_text("1\n00:00:01,000 --> 00:00:02\nBonjour.\n")
    right.write_text("1\n00:00:01,000 --> 00:00:02,500\nBonjour.\n\n2\n00:00:03,000 --> 00:00:05,000\nÀ bientôt.\n")
    async with looking(browser, services, f"/assets/{asset_id}") as page:
        await plays(page)
        await page.get_by_role("button", name="Add a file…").click()
        asked = page.get_by_role("dialog")
        await asked.get_by_label("File").set_input_files(wrong)
        await expect(asked.get_by_label("Language")).to_have_value("fr")
        await asked.get_by_label("Name").fill("Français")
        await asked.get_by_role("button", name="Add", exact=True).click()
        await expect(asked.get_by_role("alert")).to_contain_text("Line 2")
        await expect(asked.get_by_label("Name")).to_have_value("Français")
        await asked.get_by_label("File").set_input_files(right)
        await asked.get_by_role("button", name="Add", exact=True).click()
        await expect(line(page, "Français")).to_contain_text("uploaded · 2 cues · version 1")

        await line(page, "Français").get_by_role("button", name="Make default").click()
        await expect(line(page, "Français").locator(".track-mark")).to_have_text("Default")
        await expect(line(page, "German").locator(".track-mark")).to_have_count(0)
        await line(page, "Français").get_by_role("button", name="Describe…").click()
        await asked.get_by_label("Name").fill("French")
        await asked.get_by_label("Tells sounds").check()
        await page.keyboard.press("Enter")
        await expect(line(page, "French").locator(".track-mark")).to_have_text(["Default", "For those who do not hear"])
        async with page.expect_download() as saved:
            await line(page, "French").get_by_role("button", name="Download").click()
        assert (await saved.value).suggested_filename.endswith(".fr.vtt")
        assert "00:00:03.000 --> 00:00:05.000\nÀ bientôt." in Path(await (await saved.value).path()).read_text()

        await line(page, "French").get_by_role("button", name="Delete…").click()
        await asked.get_by_role("button", name="Cancel").click()
        await expect(line(page, "French")).to_have_count(1)
        await line(page, "French").get_by_role("button", name="Delete…").click()
        await asked.get_by_role("button", name="Delete", exact=True).click()
        await expect(line(page, "French")).to_have_count(0)


async def test_what_could_not_be_made_is_told_with_its_reason_and_what_is_there_stays(
    browser: Browser, services: Stack, asset_id: str, js: JetStreamContext
) -> None:
    why = "Headrace has no model that hears French."
    async with looking(browser, services, f"/assets/{asset_id}") as page:
        await expect(line(page, "German")).to_have_count(1)
        # As services say it: of a track that never was, and of a newer version of one that is there.
        for track, version in (("speech-2", 1), ("embedded-3", 2)):
            refused = CaptionsRefused(asset_id=asset_id, track=track, version=version, code="no_model", message=why)
            await js.publish(refused.subject, encode(refused))
        missing = page.locator("[data-track=speech-2]")
        await expect(missing).to_have_attribute("data-state", "unavailable")
        await expect(missing).to_contain_text("What is said")
        await expect(missing).to_contain_text("It could not be made.")
        await expect(missing).to_contain_text(why)
        await expect(missing.get_by_role("button")).to_have_count(0)
        await expect(line(page, "German")).to_contain_text("from the file · 3 cues · version 1")
        await expect(line(page, "German")).to_contain_text(f"A newer version could not be made: {why}")
        await photograph(page, "captions-refused")
        await opened(page, "German", 3)


async def test_the_player_stays_in_sight_while_cues_are_corrected(
    browser: Browser, services: Stack, asset_id: str
) -> None:
    async with looking(browser, services, f"/assets/{asset_id}", viewport={"width": 1280, "height": 640}) as page:
        await plays(page)
        await opened(page, "German", 3)
        last = page.locator(".cue").last
        await last.evaluate("row => row.scrollIntoView({block: 'end'})")
        await last.get_by_role("button", name="Go to 0:07").click()
        await goes_to(page, 7)
        await expect(page.locator("headrace-player video")).to_be_in_viewport(ratio=0.9)
        await expect(last).to_be_in_viewport()


@pytest.fixture
async def talk_id(store: Store, nc: Client, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """Return an asset in which somebody speaks, as soon as it was written down."""
    path = make_talk(tmp_path / "talk.mp4", np.concatenate([silence(1.0), voice(6.0), silence(1.0)]))
    key = f"uploads/{request.node.name}/talk.mp4"
    await store.put(key, path.read_bytes(), content_type="video/mp4")
    own = await id_of(store, key)
    await facts_until(nc, own, CaptionsMade)
    return own


async def test_what_is_said_is_heard_again_in_another_language(browser: Browser, services: Stack, talk_id: str) -> None:
    async with looking(browser, services, f"/assets/{talk_id}") as page:
        await expect(line(page, "English")).to_contain_text(f"heard · {len(SAID)} cues")
        before = int(await line(page, "English").get_attribute("data-version") or 0)
        await page.get_by_role("button", name="Write down what is said…").click()
        asked = page.get_by_role("dialog")
        await expect(asked).to_contain_text("takes the place of what was heard there before")
        await asked.get_by_label("Language").fill("de")
        await asked.get_by_role("button", name="Write it down").click()
        await expect(line(page, "German")).to_contain_text(f"heard · {len(SAID)} cues")
        assert int(await line(page, "German").get_attribute("data-version") or 0) > before
        await expect(line(page, "English")).to_have_count(0)
        await expect(page.get_by_text("It is being written down anew.")).to_have_count(0)


async def test_chapters_and_addresses_lead_to_their_time(browser: Browser, services: Stack, asset_id: str) -> None:
    async with looking(browser, services, f"/assets/{asset_id}?t=7.25&track=embedded-4") as page:
        await goes_to(page, 7.25)
        await expect(page.locator(".cue")).to_have_count(len(ENGLISH))
        await expect(cue(page, "[music]")).to_have_class(re.compile("said-now"))
        chapters = page.get_by_role("region", name="Chapters").get_by_role("listitem")
        await expect(chapters).to_have_text(["0:00 Beginning", "0:04 Chapter 2"])
        await chapters.nth(1).get_by_role("button").click()
        await goes_to(page, 4)


async def test_what_is_said_is_found_and_leads_to_its_time(browser: Browser, services: Stack, asset_id: str) -> None:
    async with looking(browser, services, "/?q=muehle") as page:
        found = card(page, asset_id).locator(".card-matches").get_by_role("link")
        await expect(found).to_have_text(["0:07Die Muehle & der Bach."])
        await expect(found.locator("mark")).to_have_text("Muehle")
        # It stays when there is news of it, although its title says nothing of the kind.
        async with calling(services) as http:
            (await http.patch(f"/v1/assets/{asset_id}", json={"title": "A river"})).raise_for_status()
        await expect(card(page, asset_id).locator(".card-title")).to_have_text("A river")
        await found.click()
        await page.wait_for_url(f"**/assets/{asset_id}?t=7&track=embedded-3")
        await goes_to(page, 7)
        await expect(cue(page, "Die Muehle")).to_have_class(re.compile("said-now"))


async def test_viewers_read_and_change_nothing(browser: Browser, services: Stack, asset_id: str) -> None:
    async with calling(services) as http:
        key: dict[str, Any] = (await http.post("/v1/keys", json={"label": "viewer", "scopes": ["read"]})).json()
    async with looking(browser, services, f"/assets/{asset_id}", key=key["key"]) as page:
        await opened(page, "German", 3)
        await expect(page.locator(".cue").first.get_by_role("button")).to_have_text(["0:00"])
        for name in (
            "Save",
            "Add a cue",
            "Add a file…",
            "Make default: English",
            "Delete…: German",
            "Move to the trash",
        ):
            await expect(page.get_by_role("button", name=name, exact=True)).to_have_count(0)
        await expect(page.get_by_role("region", name="About")).to_be_hidden()


@pytest.mark.parametrize("way", WAYS_TO_LOOK)
async def test_captions_keep_nobody_out_and_fit_the_screen(
    browser: Browser, services: Stack, asset_id: str, way: str
) -> None:
    async with looking(browser, services, f"/assets/{asset_id}", **WAYS_TO_LOOK[way]) as page:
        await opened(page, "German", 3)
        await page.get_by_role("button", name="Correct: Zwei").click()
        assert await serious_faults(page) == []
        assert await cut_off(page) == []
        await page.get_by_role("region", name="Captions", exact=True).scroll_into_view_if_needed()
        await photograph(page, f"captions-{way}")
        await page.get_by_role("button", name="Add a file…").click()
        assert await serious_faults(page) == []
        assert await page.get_by_role("dialog").evaluate("asked => asked.scrollWidth <= asked.clientWidth")
        await photograph(page, f"captions-add-{way}")
