"""Downloads, posters and batches: what the gateway hands out is done by real workers on the real store."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from io import BytesIO
from typing import Any
from urllib.parse import unquote

import asyncpg
import httpx
import pytest
from msgspec.structs import replace
from nats.aio.client import Client
from nats.js import JetStreamContext
from PIL import Image

from contracts.codec import decode
from contracts.v1 import PosterChosen, RemuxRung
from services.runtime.children import MediaChildren
from services.runtime.confinement import Confinement
from services.runtime.log import FactLog
from services.runtime.settings import Settings
from services.runtime.store import Store
from services.thumbnail.chosen_handler import make_chosen_poster
from tests import stories
from tests.asking import following
from tests.dispatching import dispatching
from tests.processes import PATIENCE_S
from tests.projection import folded, publish, renew_tables

Told = Callable[..., Awaitable[None]]


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(settings.database_url.get_secret_value())
    await renew_tables(connection)
    yield connection
    await connection.close()


@pytest.fixture
async def http(
    clean_streams: None, settings: Settings, database: asyncpg.Connection, store: Store, nc: Client
) -> AsyncIterator[httpx.AsyncClient]:
    async with following(settings, database, store, nc) as client:
        yield client


@pytest.fixture
def told(js: JetStreamContext, database: asyncpg.Connection) -> Told:
    async def tell(*facts: Any) -> None:
        await publish(js, facts)
        await folded(database, js)

    return tell


async def test_an_original_is_saved_under_its_own_name(http: httpx.AsyncClient, told: Told, store: Store) -> None:
    name = 'ёж "и" пчёлы.mp4'
    asset = stories.ingested("a", name)
    await store.put(asset.original.key, b"the original", content_type="video/mp4")
    await told(asset)
    answer = (await http.get("/v1/assets/a/original")).json()
    async with httpx.AsyncClient() as reader:
        saved = await reader.get(answer["url"])
    assert (answer["state"], answer["name"], saved.content) == ("ready", name, b"the original")
    assert unquote(saved.headers["content-disposition"]) == f"attachment; filename*=UTF-8''{name}"


async def test_a_download_is_made_once_when_it_is_asked_for(
    http: httpx.AsyncClient, told: Told, nc: Client, js: JetStreamContext
) -> None:
    await told(*stories.life_of("a"))
    assert (await http.get("/v1/assets/a/downloads/720p")).json()["code"] == "download_missing"
    for _ in range(2):
        asked = await http.post("/v1/assets/a/downloads", json={"rung": "720p"})
        assert (asked.status_code, asked.json()["state"], asked.json()["name"]) == (202, "processing", "clip-720p.mp4")
    assert (await js.stream_info("QUEUE")).state.messages == 1
    assert (await http.get("/v1/assets/a/downloads/720p")).status_code == 202
    worker = await js.pull_subscribe_bind("remux", "TASKS")
    async with dispatching(nc):
        (message,) = await worker.fetch(1, timeout=PATIENCE_S)
    assert (await http.get("/v1/assets/a/downloads/720p")).status_code == 202
    task = decode(message.data)
    assert isinstance(task, RemuxRung)
    assert (task.video, task.video_segments, task.audio) == ("video/720p", 3, None)
    await told(stories.downloadable("a", task.request))
    await message.ack_sync()
    ready = await http.get("/v1/assets/a/downloads/720p")
    assert (ready.status_code, ready.json()["state"], ready.json()["size_bytes"]) == (200, "ready", 7)
    assert (await http.post("/v1/assets/a/downloads", json={"rung": "720p"})).status_code == 200
    assert (await http.get("/v1/assets/a")).json()["downloads"] == [{"rung": "720p", "size_bytes": 7}]


@pytest.mark.parametrize(
    ("life", "rung", "code"),
    [("whole", "99p", "rung_missing"), ("begun", "720p", "asset_not_complete")],
)
async def test_a_download_that_cannot_be_is_refused(
    http: httpx.AsyncClient, told: Told, life: str, rung: str, code: str
) -> None:
    await told(*(stories.life_of("a") if life == "whole" else stories.life_of("a")[:3]))
    assert (await http.post("/v1/assets/a/downloads", json={"rung": rung})).json()["code"] == code


async def test_an_uploaded_picture_becomes_the_poster(
    http: httpx.AsyncClient, told: Told, js: JetStreamContext, store: Store, settings: Settings
) -> None:
    await told(*stories.life_of("a"))
    picture = BytesIO()
    Image.new("RGB", (40, 20), "red").save(picture, "PNG")
    body = picture.getvalue()
    asked = {"size_bytes": len(body), "content_type": "image/png"}
    target = (await http.post("/v1/assets/a/poster/uploads", json=asked)).json()
    early = await http.post("/v1/assets/a/poster", json={"upload": target["upload"]})
    assert (early.status_code, early.json()["code"]) == (409, "poster_not_uploaded")
    async with httpx.AsyncClient() as sender:
        sent = await sender.put(target["url"], content=body, headers=target["headers"])
    assert sent.status_code == 200
    chosen = await http.post("/v1/assets/a/poster", json={"upload": target["upload"]})
    assert chosen.status_code == 202
    (event,) = await FactLog(js).facts("a", PosterChosen)
    children = MediaChildren("services.thumbnail.chosen", memory_bytes=1 << 30, confinement=Confinement())
    made = await make_chosen_poster(event, store, children, FactLog(js))
    await children.close()
    await told(made)
    poster = (await http.get("/v1/assets/a")).json()["playback"]["poster"]
    async with httpx.AsyncClient() as reader:
        with Image.open(BytesIO((await reader.get(poster)).content)) as shown:
            assert (shown.format, shown.size) == ("JPEG", (40, 20))


async def test_a_poster_is_chosen_in_one_way_and_of_a_ready_asset(http: httpx.AsyncClient, told: Told) -> None:
    await told(*stories.life_of("a"), stories.ingested("b"))
    codes = [
        (await http.post(f"/v1/assets/{asset_id}/poster", json=body)).json()["code"]
        for asset_id, body in [("a", {}), ("a", {"at_s": 1.0, "upload": "12345678"}), ("b", {"at_s": 1.0})]
    ]
    assert codes == ["poster_ambiguous", "poster_ambiguous", "asset_not_ready"]


async def test_each_asset_of_a_batch_succeeds_or_is_refused_by_itself(http: httpx.AsyncClient, told: Told) -> None:
    tagged = replace(stories.awaited("c"), tags=["short", "x"])
    await told(*stories.life_of("a"), stories.ingested("b"), tagged, replace(stories.awaited("d"), tenant="others"))

    async def act(action: str, **more: object) -> dict[str, object]:
        body = {"action": action, "asset_ids": ["a", "b", "c", "d", "e"], **more}
        answer = await http.post("/v1/assets/batch", json=body)
        assert answer.status_code == 200, answer.text
        return {one["asset_id"]: one["code"] or one["done"] for one in answer.json()["results"]}

    missing = {"d": "asset_missing", "e": "asset_missing"}
    done = {"a": True, "b": True, "c": True, **missing}
    assert await act("tag", add_tags=["new"], remove_tags=["short"]) == done
    tags = await asyncio.gather(*(http.get(f"/v1/assets/{name}") for name in "abc"))
    assert [answer.json()["tags"] for answer in tags] == [["new"], ["new"], ["x", "new"]]
    assert await act("retry", step="encode") == {**missing, "a": True, "b": "step_not_reached", "c": "asset_waiting"}
    assert await act("delete") == done
    assert {one["asset_id"] for one in (await http.get("/v1/assets?state=deleted")).json()["assets"]} == {"a", "b", "c"}
    assert await act("restore") == done


@pytest.mark.parametrize("asset_ids", [[], ["a"] * 101, ["../a"]])
async def test_a_batch_that_cannot_be_is_a_wrong_request(http: httpx.AsyncClient, asset_ids: list[str]) -> None:
    answer = await http.post("/v1/assets/batch", json={"action": "delete", "asset_ids": asset_ids})
    assert (answer.status_code, answer.json()["code"]) == (400, "request_invalid")
