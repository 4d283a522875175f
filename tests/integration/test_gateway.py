"""The gateway's HTTP API over the real servers."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest
from msgspec.structs import replace
from nats.aio.client import Client

from contracts.keys import asset_id_of
from contracts.v1 import AnyFact
from infra.local.ports import free_port, is_free
from services.catalog import tables
from services.catalog.log import Entry
from services.gateway import app
from services.runtime.settings import Settings
from services.runtime.store import Store
from tests import stories
from tests.asking import asking
from tests.processes import until

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
BODY = b"not really a video"


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(settings.database_url.get_secret_value())
    await tables.start_over(connection)
    yield connection
    await connection.close()


@pytest.fixture
async def http(
    settings: Settings, database: asyncpg.Connection, store: Store, nc: Client, admin_key: str
) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        asyncpg.create_pool(settings.database_url.get_secret_value(), min_size=0) as pool,
        asking(settings, pool, store, nc, admin_key) as client,
    ):
        yield client


@pytest.fixture
async def away(settings: Settings, store: Store, nc: Client, admin_key: str) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of a gateway whose database is away."""
    dsn = f"postgresql://nobody@127.0.0.1:{free_port(set())}/nothing"
    async with asyncpg.create_pool(dsn, min_size=0) as pool, asking(settings, pool, store, nc, admin_key) as client:
        yield client


async def fold(database: asyncpg.Connection, facts: list[AnyFact]) -> None:
    """Fill the tables as the catalog does, with a second between the facts."""
    entries = [Entry(number, NOON + timedelta(seconds=number), fact) for number, fact in enumerate(facts, start=1)]
    await tables.apply(database, 0, entries)


@pytest.fixture
async def five_assets(database: asyncpg.Connection) -> list[str]:
    """Return the ids of five assets, the oldest first: the third is ready, the fourth failed."""
    ids = [f"asset{number}" for number in range(5)]
    facts = [stories.ingested(asset_id) for asset_id in ids]
    await fold(database, [*facts, *stories.life_of(ids[2]), stories.failed(ids[3])])
    return ids


async def presigned(http: httpx.AsyncClient, **changes: object) -> dict[str, Any]:
    asked = {"name": "clip.mp4", "size_bytes": len(BODY), "content_type": "video/mp4"} | changes
    answer = await http.post("/v1/uploads", json=asked)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def put(upload: dict[str, Any], body: bytes = BODY, content_type: str = "video/mp4") -> int:
    async with httpx.AsyncClient() as client:
        answer = await client.request(
            upload["method"], upload["url"], content=body, headers={**upload["headers"], "Content-Type": content_type}
        )
    return answer.status_code


@pytest.mark.parametrize("name", ["clip.mp4", "mein \"Clip\" 'eins' & zwei.mov", "Привет, 👩‍🚀 100%+.mp4"])
async def test_a_presigned_put_is_the_asset_that_was_announced(
    http: httpx.AsyncClient, store: Store, name: str
) -> None:
    answer = await presigned(http, name=name)
    assert await put(answer["upload"]) == 200
    found = [one async for one in store.list("uploads/@/")]
    keys = {asset_id_of(store.bucket, one.key, one.etag, one.size_bytes): one.key for one in found}
    assert keys[answer["asset_id"]].endswith(f"/{name}")


async def test_a_presigned_put_takes_nothing_but_what_was_asked_for(http: httpx.AsyncClient) -> None:
    upload = (await presigned(http))["upload"]
    assert await put(upload, BODY + b"!") == 403
    assert await put(upload, BODY[1:]) == 403
    assert await put(upload, content_type="text/html") == 403
    assert await put({**upload, "headers": {}}) == 403
    assert await put({**upload, "url": upload["url"].replace("clip.mp4", "other.mp4")}) == 403
    assert await put(upload) == 200


@pytest.mark.parametrize("profile", [None, "balanced", "best"])
async def test_a_presigned_put_carries_the_profile_that_was_asked_for(
    http: httpx.AsyncClient, store: Store, profile: str | None
) -> None:
    answer = await presigned(http, **({"profile": profile} if profile else {}))
    upload = answer["upload"]
    forged = {**upload["headers"], "x-amz-meta-headrace-profile": "slowest"}
    assert await put({**upload, "headers": forged}) == 403
    assert await put(upload) == 200
    stored = [await store.head(one.key) async for one in store.list("uploads/@/")]
    chosen = {asset_id_of(store.bucket, one.key, "", 0): one.metadata for one in stored if one}
    assert chosen[answer["asset_id"]] == {
        "headrace-profile": profile or "fast",
        "headrace-playback-policy": "public",
        "headrace-priority": "normal",
    }


async def test_a_presigned_put_carries_what_is_spoken(http: httpx.AsyncClient, store: Store) -> None:
    upload = (await presigned(http, language="de-AT"))["upload"]
    silent = {name: value for name, value in upload["headers"].items() if name != "x-amz-meta-headrace-language"}
    assert await put({**upload, "headers": silent}) == 403
    assert await put(upload) == 200
    stored = [await store.head(one.key) async for one in store.list("uploads/@/")]
    assert "de-AT" in [one.metadata.get("headrace-language") for one in stored if one]


@pytest.mark.parametrize(("field", "value"), [("profile", "slowest"), ("priority", "urgent"), ("language", "d_e")])
async def test_a_wish_that_does_not_exist_is_a_wrong_request(http: httpx.AsyncClient, field: str, value: str) -> None:
    asked = {"name": "clip.mp4", "size_bytes": 1, field: value}
    answer = await http.post("/v1/uploads", json=asked)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize(
    ("path", "asked", "field"),
    [
        ("/v1/uploads", {"name": "a", "size_bytes": "5"}, "size_bytes"),
        ("/v1/uploads", {"name": "a", "size_bytes": 5.5}, "size_bytes"),
        ("/v1/uploads", {"name": "a", "size_bytes": 5, "metadata": {"": "b"}}, "metadata"),
        ("/v1/keys", {"label": "a", "scopes": ["read"], "every_tenant": 1}, "every_tenant"),
        ("/v1/keys", {"label": "a", "scopes": ["read"], "every_tenant": "false"}, "every_tenant"),
    ],
)
async def test_what_only_looks_like_what_is_described_is_a_wrong_request(
    http: httpx.AsyncClient, path: str, asked: dict[str, Any], field: str
) -> None:
    answer = await http.post(path, json=asked)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)


async def test_a_whole_number_may_be_written_with_a_point(http: httpx.AsyncClient) -> None:
    assert (await http.post("/v1/uploads", json={"name": "a", "size_bytes": 5.0})).json()["size_bytes"] == 5


async def test_a_presigned_put_overwrites_nothing(http: httpx.AsyncClient, store: Store) -> None:
    upload = (await presigned(http))["upload"]
    assert await put(upload) == 200
    assert await put(upload, BODY[::-1]) == 412


async def test_two_uploads_of_one_name_are_two_assets(http: httpx.AsyncClient) -> None:
    one, other = await presigned(http), await presigned(http)
    assert one["asset_id"] != other["asset_id"]


async def test_an_asset_that_has_not_arrived_is_not_found(http: httpx.AsyncClient) -> None:
    asset_id = (await presigned(http))["asset_id"]
    answer = await http.get(f"/v1/assets/{asset_id}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "/problems/asset_missing",
        "title": "Not Found",
        "status": 404,
        "code": "asset_missing",
        "detail": "There is no such asset, or its file has not arrived yet.",
    }


async def test_a_ready_asset_is_told_whole(http: httpx.AsyncClient, five_assets: list[str], settings: Settings) -> None:
    asset = (await http.get(f"/v1/assets/{five_assets[2]}")).json()
    folder = f"{settings.public_url}/{settings.bucket}/assets/{five_assets[2]}/{stories.RECIPE}"
    assert (asset["state"], asset["progress"], asset["name"], asset["duration_s"]) == ("ready", 1.0, "clip.mp4", 12.0)
    assert asset["playback"] == {
        "policy": "public",
        "hls": f"{folder}/index.m3u8",
        "dash": f"{folder}/manifest.mpd",
        "poster": f"{folder}/thumbnails/poster.jpg",
        "storyboard": f"{folder}/thumbnails/storyboard.vtt",
        "chapters": None,
    }
    assert asset["probe"]["video"][0]["frame_rate"] == [25, 1]
    assert [made["playlist"] for made in asset["renditions"]] == [f"{folder}/video/720p/playlist.m3u8"]
    assert asset["warnings"] == ["The file has 2 audio streams; only the first is used."]
    assert asset["errors"] == []
    assert asset["created_at"] < asset["updated_at"]


async def test_chapters_have_an_address_and_what_was_left_out_is_warned_of(
    http: httpx.AsyncClient, database: asyncpg.Connection, settings: Settings
) -> None:
    key = f"assets/a/{stories.RECIPE}/chapters.vtt"
    packaged = replace(stories.packaged("a"), chapters_key=key, warnings=["A text track is left out."])
    await fold(database, [*stories.life_of("a"), packaged])
    asset = (await http.get("/v1/assets/a")).json()
    assert asset["state"] == "ready"
    assert asset["playback"]["chapters"] == f"{settings.public_url}/{settings.bucket}/{key}"
    assert asset["warnings"][1:] == ["A text track is left out."]


async def test_a_failed_asset_says_why(http: httpx.AsyncClient, five_assets: list[str]) -> None:
    asset = (await http.get(f"/v1/assets/{five_assets[3]}")).json()
    assert asset["state"] == "failed"
    assert asset["errors"] == [{"code": "not_media", "message": "Upload a video.", "service": "probe"}]


async def test_progress_is_the_share_of_encoded_parts(http: httpx.AsyncClient, database: asyncpg.Connection) -> None:
    done = [stories.encoded("a", part) for part in stories.PARTS[:2]]
    await fold(database, [stories.ingested("a"), stories.planned("a"), *done])
    assert (await http.get("/v1/assets/a")).json()["progress"] == 0.4


async def test_pages_hold_every_asset_once_newest_first(http: httpx.AsyncClient, five_assets: list[str]) -> None:
    listed: list[str] = []
    sizes = []
    cursor = None
    while True:
        page = (await http.get("/v1/assets", params={"limit": 2} | ({"cursor": cursor} if cursor else {}))).json()
        listed += [asset["asset_id"] for asset in page["assets"]]
        sizes.append(len(page["assets"]))
        if (cursor := page["next_cursor"]) is None:
            break
    assert listed == five_assets[::-1]
    assert sizes == [2, 2, 1]


@pytest.mark.parametrize(("state", "numbers"), [("ready", [2]), ("failed", [3]), ("processing", [4, 1, 0])])
async def test_lists_can_be_of_one_state(
    http: httpx.AsyncClient, five_assets: list[str], state: str, numbers: list[int]
) -> None:
    page = (await http.get("/v1/assets", params={"state": state})).json()
    assert [asset["asset_id"] for asset in page["assets"]] == [five_assets[number] for number in numbers]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "/v1/uploads", {"name": "a", "size_bytes": (5 << 40) + 1}, 413, "upload_too_large"),
        ("POST", "/v1/uploads", {"name": "a/b", "size_bytes": 1}, 400, "name_invalid"),
        ("POST", "/v1/uploads", {"name": "a", "size_bytes": 0}, 400, "request_invalid"),
        ("POST", "/v1/uploads", {"name": "a"}, 400, "request_invalid"),
        ("POST", "/v1/uploads", {"name": "a", "size_bytes": 1, "content_type": "a\r\nb: c"}, 400, "request_invalid"),
        ("POST", "/v1/uploads", None, 400, "request_invalid"),
        ("GET", "/v1/assets?limit=0", None, 400, "request_invalid"),
        ("GET", "/v1/assets?limit=201", None, 400, "request_invalid"),
        ("GET", "/v1/assets?state=lost", None, 400, "request_invalid"),
        ("GET", "/v1/assets?cursor=lost", None, 400, "cursor_invalid"),
        ("GET", "/v1/assets/%00", None, 404, "asset_missing"),
        ("GET", "/v1/asset", None, 404, "not_found"),
        ("DELETE", "/v1/assets", None, 405, "method_not_allowed"),
    ],
)
async def test_every_refusal_is_a_problem_with_a_code(
    http: httpx.AsyncClient, method: str, path: str, body: object, status: int, code: str
) -> None:
    answer = await http.request(method, path, json=body) if body else await http.request(method, path)
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert problem["detail"]


async def test_a_refusal_names_the_parameter_as_the_caller_knows_it(http: httpx.AsyncClient) -> None:
    problem = (await http.get("/v1/assets?state=lost&kind=none")).json()
    assert {error["field"] for error in problem["errors"]} == {"state", "kind"}


async def test_an_absent_database_is_a_problem_that_passes(away: httpx.AsyncClient) -> None:
    answer = await away.get("/v1/assets")
    assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
    assert answer.headers["retry-after"] == "2"


async def test_health_is_that_of_database_and_nats(http: httpx.AsyncClient, away: httpx.AsyncClient) -> None:
    well, ill = await http.get("/healthz"), await away.get("/healthz")
    assert (well.status_code, well.json()) == (200, {"database": "up", "nats": "up"})
    assert (ill.status_code, ill.json()) == (503, {"database": "down", "nats": "up"})


async def test_health_fails_when_nats_is_away(settings: Settings, http: httpx.AsyncClient, nc: Client) -> None:
    await nc.close()
    answer = await http.get("/healthz")
    assert (answer.status_code, answer.json()) == (503, {"database": "up", "nats": "down"})


async def test_openapi_describes_the_api_and_loads_nothing_from_elsewhere(http: httpx.AsyncClient) -> None:
    answer = await http.get("/schema")
    document = answer.json()
    assert set(document["paths"]) >= {"/v1/uploads", "/v1/assets", "/v1/assets/{asset_id}", "/healthz"}
    assert document["components"]["schemas"]["VideoStream"]["properties"]["frame_rate"]["type"] == "array"
    problems = [
        content
        for operations in document["paths"].values()
        for operation in operations.values()
        for status, response in operation["responses"].items()
        for content in response.get("content", {})
        if status.startswith("4")
    ]
    assert set(problems) == {"application/problem+json"}
    for page in ("/schema/swagger", "/schema/redoc", "/schema/elements", "/schema/rapidoc"):
        assert (await http.get(page)).status_code == 404
    assert "<script" not in json.dumps(document)


async def test_the_service_listens_where_its_settings_say_and_only_while_it_runs(
    settings: Settings, database: asyncpg.Connection
) -> None:
    port = free_port(set())
    own = settings.model_copy(update={"gateway_port": port})
    async with app.build(own).app.start_lifespan_context(), httpx.AsyncClient() as client:
        await until(lambda: not is_free(port))
        answer = await client.get(f"http://{own.gateway_host}:{port}/healthz")
        assert answer.json() == {"database": "up", "nats": "up"}
    await until(lambda: is_free(port))
