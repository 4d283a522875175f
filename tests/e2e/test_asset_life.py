"""One asset from its upload to the last of its objects, with every service at work."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import av
import httpx
import pytest
from nats.aio.client import Client

from contracts.v1 import AssetReady
from services.runtime.settings import Settings
from services.runtime.store import Store
from tests.asking import bearer
from tests.media import make_clip
from tests.watch import PATIENCE_S, id_of, outcome

pytestmark = pytest.mark.usefixtures("services")


@pytest.fixture
async def http(settings: Settings, admin_key: str) -> AsyncIterator[httpx.AsyncClient]:
    base = f"http://{settings.gateway_host}:{settings.gateway_port}/v1/assets"
    async with httpx.AsyncClient(base_url=base, headers=bearer(admin_key), timeout=PATIENCE_S) as client:
        yield client


async def until(http: httpx.AsyncClient, path: str, done: Callable[[httpx.Response], bool]) -> Any:
    async with asyncio.timeout(PATIENCE_S):
        while not done(answer := await http.get(path)):
            await asyncio.sleep(0.1)
    return answer.json()


async def opens(url: str) -> bool:
    """Tell whether a reader without any key gets something."""
    async with httpx.AsyncClient(timeout=PATIENCE_S) as reader:
        return (await reader.get(url)).status_code == 200


async def becomes(url: str, *, open_: bool) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while await opens(url) != open_:
            await asyncio.sleep(0.1)


async def left_of(asset_id: str, store: Store) -> list[str]:
    """Return the keys of whatever lies in the store of an asset."""
    return [
        found.key
        for prefix in ("assets/", "deleted/", "posters/", "uploads/life")
        async for found in store.list(prefix)
        if asset_id in found.key or found.key == "uploads/life.mp4"
    ]


async def test_an_asset_is_made_again_saved_withdrawn_brought_back_and_purged(
    http: httpx.AsyncClient, nc: Client, store: Store, tmp_path: Path
) -> None:
    clip = make_clip(tmp_path / "life.mp4", width=320, height=180, frames=75, beeps_s=[1.0])
    await store.put("uploads/life.mp4", clip.read_bytes(), content_type="video/mp4")
    asset_id = await id_of(store, "uploads/life.mp4")
    assert isinstance(await outcome(nc, asset_id), AssetReady)
    own = f"/{asset_id}"
    first = await until(http, own, lambda answer: answer.json().get("state") == "ready")

    assert (await http.post(f"{own}/retry", json={"step": "encode"})).status_code == 202
    again = await until(http, own, lambda answer: answer.json()["playback"]["hls"] != first["playback"]["hls"])
    assert (again["state"], again["attempts"]) == ("ready", 2)
    assert await opens(again["playback"]["hls"])

    rung = again["renditions"][0]["name"].removeprefix("video/")
    assert (await http.post(f"{own}/downloads", json={"rung": rung})).status_code == 202
    download = await until(http, f"{own}/downloads/{rung}", lambda answer: answer.status_code == 200)
    async with httpx.AsyncClient(timeout=PATIENCE_S) as reader:
        (tmp_path / "saved.mp4").write_bytes((await reader.get(download["url"])).content)
    with av.open(str(tmp_path / "saved.mp4")) as saved:
        assert sum(1 for _ in saved.decode(video=0)) == 75

    assert (await http.post(f"{own}/poster", json={"at_s": 2.0})).status_code == 202
    shown = await until(http, own, lambda answer: "/posters/" in answer.json()["playback"]["poster"])
    assert await opens(shown["playback"]["poster"])

    playback = [shown["playback"][name] for name in ("hls", "dash", "poster")]
    assert (await http.delete(own)).status_code == 200
    await until(http, own, lambda answer: answer.json()["state"] == "deleted")
    for url in playback:
        await becomes(url, open_=False)
    assert (await http.post(f"{own}/restore")).status_code == 200
    await until(http, own, lambda answer: answer.json()["state"] == "ready")
    for url in playback:
        await becomes(url, open_=True)

    assert (await http.delete(f"{own}?purge=true")).status_code == 200
    await until(http, own, lambda answer: answer.status_code == 404)
    async with asyncio.timeout(PATIENCE_S):
        # What idle work writes late lies there until it says so.
        while await left_of(asset_id, store):
            await asyncio.sleep(0.1)
