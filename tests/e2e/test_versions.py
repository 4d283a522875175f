"""A version takes another's place while people watch: whoever looks sees the one or the other, whole."""

import asyncio
import posixpath
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from nats.aio.client import Client

from contracts.v1 import AssetReady
from services.runtime.log import FactLog
from services.runtime.publish import Publisher
from services.runtime.settings import Settings
from services.runtime.store import Store
from services.withdraw.retire import retire_once
from tests.asking import bearer
from tests.hls import uris
from tests.media import make_clip
from tests.watch import PATIENCE_S, id_of, outcome

pytestmark = pytest.mark.usefixtures("services")

LINKS = ("hls", "dash", "poster", "storyboard")


@pytest.fixture
async def http(settings: Settings, admin_key: str) -> AsyncIterator[httpx.AsyncClient]:
    base = f"http://{settings.gateway_host}:{settings.gateway_port}/v1/assets"
    async with httpx.AsyncClient(base_url=base, headers=bearer(admin_key), timeout=PATIENCE_S) as client:
        yield client


@pytest.fixture
async def reader() -> AsyncIterator[httpx.AsyncClient]:
    """Return a client without any key, as players are."""
    async with httpx.AsyncClient(timeout=PATIENCE_S) as client:
        yield client


async def until(http: httpx.AsyncClient, path: str, done: Callable[[Any], bool]) -> Any:
    async with asyncio.timeout(PATIENCE_S):
        while not done(answer := (await http.get(path)).json()):
            await asyncio.sleep(0.1)
    return answer


def recipes_in(asset: dict[str, Any]) -> set[str]:
    """Return the recipes that an asset's document leads to."""
    links = [asset["playback"][name] for name in LINKS]
    links += [rendition[name] for rendition in asset["renditions"] for name in ("playlist", "iframes")]
    return {re.findall(r"/assets/[a-z0-9]+/([^/]+)/", link)[0] for link in links if link}


async def whole(reader: httpx.AsyncClient, url: str) -> dict[str, bytes]:
    """Return everything that a player reads from a multivariant playlist on; fail where anything is missing."""
    read: dict[str, bytes] = {}
    waiting = [url]
    while waiting:
        answer = await reader.get(link := waiting.pop())
        assert answer.status_code == 200, (link, answer.status_code)
        read[link] = answer.content
        if link.endswith(".m3u8"):
            named = uris(answer.text) + re.findall(r'URI="([^"]+)"', answer.text)
            found = {posixpath.normpath(f"{posixpath.dirname(link)}/{name}").replace(":/", "://", 1) for name in named}
            waiting += sorted(found - read.keys() - set(waiting))
    return read


@asynccontextmanager
async def watching(
    http: httpx.AsyncClient, reader: httpx.AsyncClient, asset: dict[str, Any]
) -> AsyncIterator[list[str]]:
    """Look at an asset's document and at what it leads to, and play on what was opened first, again and again.

    The list grows by the recipe of each document; the first thing that is not as it should be is raised at the end.
    """
    seen: list[str] = []
    opened = await whole(reader, asset["playback"]["hls"])
    over = asyncio.Event()

    async def look() -> None:
        while not over.is_set():
            shown = (await http.get(f"/{asset['asset_id']}")).json()
            assert (shown["state"], shown["progress"]) == ("ready", 1.0)
            (recipe,) = recipes_in(shown)
            seen.append(recipe)
            for name in LINKS:
                assert (await reader.get(shown["playback"][name])).status_code == 200
            assert (await reader.get(shown["renditions"][0]["playlist"])).status_code == 200

    async def play() -> None:
        while not over.is_set():
            assert await whole(reader, asset["playback"]["hls"]) == opened
            await asyncio.sleep(0.2)

    async with asyncio.TaskGroup() as group:
        group.create_task(look())
        group.create_task(play())
        try:
            yield seen
            after = len(seen)
            async with asyncio.timeout(PATIENCE_S):
                while len(seen) < after + 2:
                    await asyncio.sleep(0.05)
        finally:
            over.set()


async def looked(seen: list[str], recipe: str) -> None:
    """Return once whoever looks has seen a version last: it may be slower than those who change it."""
    async with asyncio.timeout(PATIENCE_S):
        while seen[-1:] != [recipe]:
            await asyncio.sleep(0.05)


async def test_versions_take_each_others_place_whole_and_go_when_they_are_old(
    http: httpx.AsyncClient, reader: httpx.AsyncClient, nc: Client, store: Store, settings: Settings, tmp_path: Path
) -> None:
    clip = make_clip(tmp_path / "versions.mp4", width=320, height=180, frames=75, beeps_s=[1.0])
    await store.put("uploads/versions.mp4", clip.read_bytes(), content_type="video/mp4")
    asset_id = await id_of(store, "uploads/versions.mp4")
    assert isinstance(await outcome(nc, asset_id), AssetReady)
    first = await until(http, f"/{asset_id}", lambda asset: asset.get("state") == "ready")
    (one,) = recipes_in(first)

    async with watching(http, reader, first) as seen:
        retried = await http.post(f"/{asset_id}/retry", json={"step": "encode", "profile": "best"})
        assert retried.status_code == 202
        second = await until(http, f"/{asset_id}", lambda asset: recipes_in(asset) != {one})
        (two,) = recipes_in(second)
        await looked(seen, two)
        for recipe in (one, two):
            assert (await http.post(f"/{asset_id}/versions/{recipe}/activate")).status_code == 200
            await looked(seen, recipe)
    assert [recipe for recipe, _ in groupby(seen)] == [one, two, one, two]

    versions = (await http.get(f"/{asset_id}/versions")).json()["versions"]
    told = [(version["recipe"], version["state"], version["profile"]) for version in versions]
    assert told == [(two, "current", "best"), (one, "kept", "fast")]
    assert all(version["engine"] and version["made_at"] and version["size_bytes"] for version in versions)

    assert (await http.post(f"/{asset_id}/versions/{one}/activate")).status_code == 200
    assert (await http.post(f"/{asset_id}/poster", json={"at_s": 2.0})).status_code == 202
    await until(http, f"/{asset_id}", lambda asset: "/posters/" in asset["playback"]["poster"])
    assert (await http.post(f"/{asset_id}/versions/{two}/activate")).status_code == 200
    await until(http, f"/{asset_id}", lambda asset: two in recipes_in(asset))
    await collected(nc, settings, http, asset_id, one)

    shown = (await http.get(f"/{asset_id}")).json()
    assert {"/posters/" in shown["playback"]["poster"], recipes_in(shown) - {"posters"} == {two}} == {True}
    assert (await reader.get(shown["playback"]["poster"])).status_code == 200
    assert (await whole(reader, shown["playback"]["hls"])).keys() == (
        await whole(reader, second["playback"]["hls"])
    ).keys()
    assert (await reader.get(first["playback"]["hls"])).status_code in (403, 404)
    assert [found.key async for found in store.list(f"assets/{asset_id}/{one}/")] == []
    refused = await http.post(f"/{asset_id}/versions/{one}/activate")
    assert (refused.status_code, refused.json()["code"]) == (409, "version_removed")


async def collected(nc: Client, settings: Settings, http: httpx.AsyncClient, asset_id: str, recipe: str) -> None:
    """Have what is superseded retired at once, as it is days later, and wait until ``withdraw`` has removed it."""
    js = nc.jetstream()
    database = await asyncpg.connect(settings.database_url.get_secret_value())
    async with asyncio.timeout(PATIENCE_S):
        while {version["recipe"]: version["state"] for version in await _versions(http, asset_id)}[recipe] != "removed":
            await retire_once(database, FactLog(js), Publisher(js), timedelta(0))
            await asyncio.sleep(0.1)
    await database.close()


async def _versions(http: httpx.AsyncClient, asset_id: str) -> list[dict[str, Any]]:
    versions: list[dict[str, Any]] = (await http.get(f"/{asset_id}/versions")).json()["versions"]
    return versions
