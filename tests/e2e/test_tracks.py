"""A film with two languages, one of them in 5.1 beside stereo, two subtitles and chapters: all can be chosen."""

import asyncio
import json
import posixpath
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from av.stream import Disposition
from nats.aio.client import Client
from playwright.async_api import Page

from contracts.profiles import PROFILE_METADATA
from contracts.v1 import AssetPackaged, AssetProbed, AssetReady, CaptionsMade, QualityMeasured
from services.runtime.log import FactLog
from services.runtime.settings import Settings
from services.runtime.store import Store
from tests.asking import bearer
from tests.hls import attributes, tags
from tests.tracks import Sound, Text, make_film
from tests.watch import PATIENCE_S, facts_until, id_of

pytestmark = pytest.mark.usefixtures("services")

PLAYER = Path(__file__).with_name("player.js")
SECONDS = 10
GERMAN = [(0.5, 2.0, "Eins"), (3.5, 6.0, "Zwei")]
ENGLISH = [(0.5, 2.0, "One"), (5.0, 9.0, "[music]")]
# Nothing states that a playlist was written again for a text track: a player only finds it there.
WITH_TEXT = """
async ([hls, dash]) => {
  const texts = await Promise.all([hls, dash].map(async url => (await fetch(url, {cache: "no-store"})).text()));
  return texts[0].match(/TYPE=SUBTITLES/g)?.length === 2 && texts[1].match(/contentType="text"/g)?.length === 2;
}
"""


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = make_film(
        tmp_path_factory.mktemp("film") / "film.mkv",
        seconds=SECONDS,
        sounds=[Sound("eng", "Original", "5.1"), Sound("ger")],
        texts=[
            Text("ger", GERMAN, flags=Disposition.default),
            Text("eng", ENGLISH, flags=Disposition.hearing_impaired),
        ],
        chapters=[(0, 4, "Beginning"), (4, SECONDS, "End")],
    )
    return path.read_bytes()


async def test_chromium_can_choose_every_track_of_a_film(
    page: Page, film: bytes, nc: Client, store: Store, settings: Settings
) -> None:
    best = {PROFILE_METADATA: "best"}
    await store.put("uploads/film.mkv", film, content_type="video/x-matroska", metadata=best)
    facts = await facts_until(nc, await id_of(store, "uploads/film.mkv"), AssetReady)
    (probed,) = [fact for fact in facts if isinstance(fact, AssetProbed)]
    chapters = [(chapter.start_s, chapter.end_s, chapter.title) for chapter in probed.probe.chapters]
    assert chapters == [(0, 4, "Beginning"), (4, SECONDS, "End")]
    ready = facts[-1]
    assert isinstance(ready, AssetReady)
    urls = [f"{settings.public_url}/{store.bucket}/{key}" for key in (ready.hls_key, ready.dash_key)]
    await page.wait_for_function(WITH_TEXT, arg=urls)
    await page.add_script_tag(path=PLAYER)
    for url in urls:
        player = await page.evaluate_handle("url => Player.open(url)", url)
        asset: dict[str, Any] = await player.evaluate("player => player.asset")
        assert len(asset["audio"]) == 3
        assert [text["language"] for text in asset["texts"]] == ["de", "en"]
        await player.evaluate("player => player.append('video', 0, 0, player.asset.duration)")
        # One language for the beginning, then the other, then 5.1: no gap between them.
        _, first_s = await player.evaluate("player => player.append('audio', 0, 0, 4)")
        _, second_s = await player.evaluate("(player, from) => player.append('audio', 1, from, 8)", first_s)
        await player.evaluate("(player, from) => player.append('audio', 2, from, player.asset.duration)", second_s)
        for at_s in (first_s, second_s):
            over = await player.evaluate("(player, at) => player.play(at - 0.3, at + 0.3)", at_s)
            assert (over["error"], len(over["ranges"])) == (None, 1)
    index = await store_text(store, ready.hls_key)
    media = [attributes(line) for line in tags(index, "EXT-X-MEDIA")]
    assert [(own["NAME"], own["CHANNELS"]) for own in media if own["TYPE"] == "AUDIO"] == [
        ("Original", "2"),
        ("German", "2"),
        ("Original (5.1)", "6"),
    ]
    (data,) = [attributes(line) for line in tags(index, "EXT-X-SESSION-DATA")]
    told = json.loads(await store_text(store, posixpath.join(posixpath.dirname(ready.hls_key), data["URI"])))
    assert [(own["start-time"], own["titles"][0]["title"]) for own in told] == [(0, "Beginning"), (4, "End")]
    (packaged,) = [fact for fact in facts if isinstance(fact, AssetPackaged)]
    found = await player.evaluate(
        "(player, url) => player.show(url, 5.5, 'chapters')",
        f"{settings.public_url}/{store.bucket}/{packaged.chapters_key}",
    )
    assert found == {"cues": ["Beginning", "End"], "active": ["End"]}
    # The manifest names whole files, which browsers read by themselves.
    shown = [
        await player.evaluate("(player, given) => player.show(...given)", [own["url"], 5.5]) for own in asset["texts"]
    ]
    assert [own["cues"] for own in shown] == [["Eins", "Zwei"], ["One", "[music]"]]
    assert [own["active"] for own in shown] == [["Zwei"], ["[music]"]]
    native = await page.evaluate_handle("url => Player.native(url)", urls[0])
    end = await native.evaluate("player => player.playToEnd(8)")
    assert (end["error"], end["ended"]) == (None, True)
    quality = (await facts_until(nc, ready.asset_id, QualityMeasured))[-1]
    assert isinstance(quality, QualityMeasured)
    sounds = [receipt for receipt in quality.receipts if receipt.rendition.startswith("audio/")]
    assert len(sounds) == 3
    for receipt in sounds:
        assert receipt.gain_db is not None
        assert receipt.true_peak_dbtp is not None
        assert receipt.true_peak_dbtp <= -2


async def test_an_asset_whose_text_is_lost_is_made_without_it_and_offers_it_once_it_is_back(
    nc: Client, store: Store, settings: Settings, admin_key: str, tmp_path: Path
) -> None:
    path = make_film(tmp_path / "lost.mkv", sounds=[Sound("eng")])
    await store.put("uploads/lost.mkv", path.read_bytes(), content_type="video/x-matroska")
    asset_id = await id_of(store, "uploads/lost.mkv")
    ready = (await facts_until(nc, asset_id, AssetReady))[-1]
    assert isinstance(ready, AssetReady)
    retry = f"/v1/assets/{asset_id}/retry"
    async with httpx.AsyncClient(base_url=settings.gateway_url, headers=bearer(admin_key), timeout=PATIENCE_S) as http:
        # One that came from people: what was in the file would be read from it again.
        given = {"language": "de", "text": "WEBVTT\n\n00:00.500 --> 00:01.500\nEins\n"}
        assert (await http.post(f"/v1/assets/{asset_id}/captions", json=given)).status_code == 201
        # What is said is written down beside it, before or after.
        made = await FactLog(nc.jetstream()).facts(asset_id, CaptionsMade)
        (captions,) = [fact for fact in made if fact.source == "upload"]
        text = await store.get(captions.vtt_key)
        await store.delete([captions.vtt_key])
        assert (await http.post(retry, json={"step": "encode"})).status_code < 300
        lost = await packaged_as(nc, asset_id, lambda fact: fact.recipe != ready.recipe)
        assert "TYPE=SUBTITLES" not in await store_text(store, lost.hls_key)
        (warning,) = lost.warnings
        assert captions.vtt_key in warning
        async with asyncio.timeout(PATIENCE_S):
            # What is packaged again is the version that plays: until the new one is ready, that is the one before.
            while lost.recipe not in (await http.get(f"/v1/assets/{asset_id}")).json()["playback"]["hls"]:
                await asyncio.sleep(0.1)
        await store.put(captions.vtt_key, text, content_type="text/vtt")
        assert (await http.post(retry, json={"step": "package"})).status_code < 300
        found = await packaged_as(nc, asset_id, lambda fact: fact.recipe == lost.recipe and not fact.warnings)
    assert "TYPE=SUBTITLES" in await store_text(store, found.hls_key)


async def packaged_as(nc: Client, asset_id: str, wanted: Callable[[AssetPackaged], bool]) -> AssetPackaged:
    """Return the fact that an asset is packaged as somebody wants it, when there is one."""
    log = FactLog(nc.jetstream())
    async with asyncio.timeout(PATIENCE_S):
        while True:
            for fact in await log.facts(asset_id, AssetPackaged):
                if wanted(fact):
                    return fact
            await asyncio.sleep(0.1)


async def store_text(store: Store, key: str) -> str:
    return (await store.get(key)).decode()
