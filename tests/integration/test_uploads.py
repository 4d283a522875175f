"""Uploads through the gateway's API, on the real servers: parts, resuming, completing, giving up."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import asyncpg
import httpx
import pytest
from nats.aio.client import Client
from nats.js import JetStreamContext

from contracts.bucket import SUBJECT_LISTING
from contracts.codec import decode
from contracts.keys import asset_id_of, tenant_of
from contracts.v1 import AssetAbandoned, AssetAwaited, FetchInput, Original
from infra.nats import topology
from services.gateway import decide_uploads
from services.gateway.api import api
from services.gateway.database import Database
from services.gateway.upload_sessions import UploadSessions
from services.gateway.upload_sweep import sweep, sweep_for_ever
from services.gateway.uploads import Uploads
from services.notify.queue import Queue
from services.runtime import disk
from services.runtime.announce import announce
from services.runtime.background import end
from services.runtime.errors import Transient
from services.runtime.intake import Intake
from services.runtime.multipart import PART_BYTES
from services.runtime.settings import Settings
from services.runtime.store import Store
from tests.asking import asking, client_of
from tests.processes import PATIENCE_S

LAST_BYTES = 7
SIZE_BYTES = 2 * PART_BYTES + LAST_BYTES
PARTS = {1: b"1" * PART_BYTES, 2: b"2" * PART_BYTES, 3: b"3" * LAST_BYTES}


@pytest.fixture
def js(clean_streams: None, js: JetStreamContext) -> JetStreamContext:
    return js


@pytest.fixture(autouse=True)
def _parts_for_small_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decide_uploads, "ONE_PUT_BYTES", PART_BYTES)


@pytest.fixture
async def pool(settings: Settings) -> AsyncIterator["asyncpg.Pool[Any]"]:
    async with asyncpg.create_pool(settings.database_url.get_secret_value(), min_size=0) as pool:
        await pool.execute("TRUNCATE uploads")
        yield pool


@pytest.fixture
async def http(
    settings: Settings, pool: "asyncpg.Pool[Any]", store: Store, nc: Client, js: JetStreamContext, admin_key: str
) -> AsyncIterator[httpx.AsyncClient]:
    async with asking(settings, pool, store, nc, admin_key) as client:
        yield client


async def opened(http: httpx.AsyncClient, **changes: object) -> dict[str, Any]:
    asked = {"name": "film.mp4", "size_bytes": SIZE_BYTES, "content_type": "video/mp4"} | changes
    answer = await http.post("/v1/uploads", json=asked)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def send(targets: list[dict[str, Any]], *numbers: int, bodies: dict[int, bytes] = PARTS) -> list[int]:
    """Send parts as a browser would, and return the store's answers."""
    urls = {target["number"]: target["url"] for target in targets}
    async with httpx.AsyncClient(timeout=60) as client:
        return [(await client.put(urls[number], content=bodies[number])).status_code for number in numbers]


async def key_of(store: Store, asset_id: str) -> str:
    (key,) = [
        found.key async for found in store.list("uploads/@/") if asset_id_of(store.bucket, found.key, "", 0) == asset_id
    ]
    return key


async def state_of(http: httpx.AsyncClient, upload: dict[str, Any]) -> str:
    return str((await http.get(f"/v1/uploads/{upload['upload_id']}")).json()["state"])


async def facts(js: JetStreamContext) -> list[Any]:
    last = (await js.stream_info("MEDIA")).state.last_seq
    return [decode((await js.get_msg("MEDIA", seq=number)).data or b"") for number in range(1, last + 1)]


async def test_a_large_file_is_sent_in_parts_and_becomes_the_asset_that_was_announced(
    http: httpx.AsyncClient, store: Store, js: JetStreamContext
) -> None:
    wishes = {"playback_policy": "signed", "priority": "low", "language": "de"}
    upload = await opened(http, title="Film", tags=["a"], metadata={"by": "me"}, **wishes)
    assert upload["upload"] is None
    assert {name: upload["parts"][name] for name in ("part_bytes", "count", "next_from")} == {
        "part_bytes": PART_BYTES, "count": 3, "next_from": None,
    }  # fmt: skip
    assert [target["size_bytes"] for target in upload["parts"]["targets"]] == [PART_BYTES, PART_BYTES, LAST_BYTES]
    (awaited,) = await facts(js)
    assert isinstance(awaited, AssetAwaited)
    assert (awaited.asset_id, awaited.size_bytes) == (upload["asset_id"], SIZE_BYTES)
    assert (awaited.title, awaited.tags, awaited.metadata) == ("Film", ["a"], {"by": "me"})
    assert awaited.priority == "low"
    assert await send(upload["parts"]["targets"], 3, 1, 2) == [200, 200, 200]

    done = await http.post(f"/v1/uploads/{upload['upload_id']}/complete")

    assert (done.status_code, done.json()["state"]) == (200, "completed")
    key = await key_of(store, upload["asset_id"])
    assert (key, tenant_of(key)) == (awaited.key, "default")
    stored = await store.head(key)
    assert stored is not None
    assert (stored.size_bytes, stored.content_type) == (SIZE_BYTES, "video/mp4")
    assert stored.metadata == {
        "headrace-profile": "fast",
        "headrace-playback-policy": "signed",
        "headrace-priority": "low",
        "headrace-language": "de",
    }
    assert await store.get(key) == b"".join(PARTS.values())


async def test_completing_twice_changes_nothing_and_announces_once(
    http: httpx.AsyncClient, store: Store, js: JetStreamContext
) -> None:
    upload = await opened(http)
    await send(upload["parts"]["targets"], 1, 2, 3)
    url = f"/v1/uploads/{upload['upload_id']}/complete"
    both = await asyncio.gather(http.post(url), http.post(url))
    again = await http.post(url)
    assert [(answer.status_code, answer.json()["state"]) for answer in (*both, again)] == [(200, "completed")] * 3
    assert (await js.stream_info("BUCKET")).state.messages == 1
    key = await key_of(store, upload["asset_id"])
    (found,) = [one async for one in store.list(key)]
    seen = Original(bucket=store.bucket, key=found.key, size_bytes=found.size_bytes, etag=found.etag)
    # What the listing would say of the same object is a duplicate.
    assert await announce(js, SUBJECT_LISTING, seen) == 1
    assert (await js.stream_info("BUCKET")).state.messages == 1


async def test_a_part_of_another_length_is_refused_by_the_store(http: httpx.AsyncClient) -> None:
    upload = await opened(http)
    longer, shorter = {1: PARTS[1] + b"!"}, {1: PARTS[1][1:]}
    assert await send(upload["parts"]["targets"], 1, bodies=longer) == [403]
    assert await send(upload["parts"]["targets"], 1, bodies=shorter) == [403]
    assert (await http.get(f"/v1/uploads/{upload['upload_id']}")).json()["stored"] == []


async def test_whoever_lost_everything_learns_what_is_stored_and_where_to_send_the_rest(
    http: httpx.AsyncClient, store: Store
) -> None:
    upload = await opened(http)
    await send(upload["parts"]["targets"], 1, 1)
    url = f"/v1/uploads/{upload['upload_id']}"
    found = (await http.get(url)).json()
    assert (found["state"], found["stored"], found["parts"]["targets"]) == ("open", [1], [])
    incomplete = await http.post(f"{url}/complete")
    assert (incomplete.status_code, incomplete.json()["code"]) == (409, "upload_incomplete")
    first = (await http.get(f"{url}/parts", params={"from": 2, "limit": 1})).json()
    assert ([target["number"] for target in first["targets"]], first["next_from"]) == ([2], 3)
    rest = (await http.get(f"{url}/parts", params={"from": 3})).json()
    assert ([target["number"] for target in rest["targets"]], rest["next_from"]) == ([3], None)
    assert await send([*first["targets"], *rest["targets"]], 2, 3) == [200, 200]
    assert (await http.post(f"{url}/complete")).status_code == 200
    assert await store.get(await key_of(store, upload["asset_id"])) == b"".join(PARTS.values())


async def test_a_full_disk_refuses_new_files_and_lets_those_that_have_begun_end(
    settings: Settings, pool: "asyncpg.Pool[Any]", store: Store, nc: Client, js: JetStreamContext, admin_key: str
) -> None:
    intake = Intake()
    async with client_of(api(settings, pool, store, nc, intake), admin_key) as http:
        upload = await opened(http)
        await send(upload["parts"]["targets"], *PARTS)
        intake.pause(disk.REASON, "Only 1 GiB is free at /var/lib/headrace.")
        asked = {"name": "film.mp4", "size_bytes": SIZE_BYTES, "content_type": "video/mp4"}
        for path, body in (("/v1/uploads", asked), ("/v1/assets", {"input": "https://films.example/film.mp4"})):
            refused = await http.post(path, json=body)
            assert (refused.status_code, refused.json()["code"]) == (507, "storage_full")
            assert refused.headers["Retry-After"] == "60"
            # Where the operator keeps his files is nobody else's business.
            assert "/var/lib" not in refused.text
        assert (await http.post(f"/v1/uploads/{upload['upload_id']}/complete")).status_code == 200
        intake.resume(disk.REASON)
        await opened(http)


async def test_a_small_file_is_one_put(http: httpx.AsyncClient, store: Store) -> None:
    upload = await opened(http, size_bytes=5)
    url = f"/v1/uploads/{upload['upload_id']}"
    assert upload["parts"] is None
    early = await http.post(f"{url}/complete")
    assert (early.status_code, early.json()["code"]) == (409, "upload_incomplete")
    assert (await http.get(url)).json()["stored"] == []
    target = upload["upload"]
    async with httpx.AsyncClient() as client:
        assert (await client.put(target["url"], content=b"small", headers=target["headers"])).status_code == 200
    assert (await http.get(url)).json()["stored"] == [1]
    assert (await http.post(f"{url}/complete")).json()["state"] == "completed"
    assert (await http.get(f"{url}/parts")).json()["code"] == "upload_closed"
    assert await store.get(await key_of(store, upload["asset_id"])) == b"small"


async def test_giving_up_frees_the_parts_and_the_asset(
    http: httpx.AsyncClient, store: Store, js: JetStreamContext
) -> None:
    upload = await opened(http)
    await send(upload["parts"]["targets"], 1)
    url = f"/v1/uploads/{upload['upload_id']}"
    assert [(await http.delete(url)).status_code for _ in range(2)] == [204, 204]
    key = (await facts(js))[0].key
    assert [begun async for begun in store.multipart.begun(key)] == []
    assert await send(upload["parts"]["targets"], 2) == [404]
    found = (await http.get(url)).json()
    assert (found["state"], found["parts"], found["stored"]) == ("aborted", None, [])
    late = await http.post(f"{url}/complete")
    assert (late.status_code, late.json()["code"]) == (409, "upload_closed")
    assert [type(fact) for fact in await facts(js)] == [AssetAwaited, AssetAbandoned]


async def test_a_file_that_has_arrived_cannot_be_given_up(
    http: httpx.AsyncClient, store: Store, js: JetStreamContext
) -> None:
    upload = await opened(http, size_bytes=5)
    target = upload["upload"]
    async with httpx.AsyncClient() as client:
        await client.put(target["url"], content=b"small", headers=target["headers"])
    refused = await http.delete(f"/v1/uploads/{upload['upload_id']}")
    assert (refused.status_code, refused.json()["code"]) == (409, "upload_completed")
    assert (await http.get(f"/v1/uploads/{upload['upload_id']}")).json()["state"] == "completed"
    assert [type(fact) for fact in await facts(js)] == [AssetAwaited]


class Sweeping:
    """A gateway's sweep, and its table."""

    def __init__(
        self, settings: Settings, pool: "asyncpg.Pool[Any]", store: Store, js: JetStreamContext, idle_s: float
    ) -> None:
        self._pool = pool
        self._store = store
        self._sessions = UploadSessions(Database(pool))
        own = settings.model_copy(update={"upload_idle_s": idle_s})
        self._uploads = Uploads(own, self._sessions, store, js)

    async def overdue(self, upload_id: str) -> None:
        await self._pool.execute("UPDATE uploads SET expires_at = now() WHERE upload_id = $1", upload_id)

    async def sweep(self) -> None:
        await sweep(self._uploads, self._sessions, self._store)

    async def sweep_slowly(self, meanwhile: Callable[[], Awaitable[object]]) -> None:
        """Sweep, and let something happen between the look at what is over and its end."""
        over = await self._sessions.expired(100)
        assert over
        await meanwhile()
        for session in over:
            await self._uploads.expire(session)


async def test_an_upload_of_which_nothing_is_heard_expires(
    http: httpx.AsyncClient, settings: Settings, pool: "asyncpg.Pool[Any]", store: Store, js: JetStreamContext
) -> None:
    upload, other = await opened(http), await opened(http)
    await send(upload["parts"]["targets"], 1)
    sweeping = Sweeping(settings, pool, store, js, idle_s=0.0)
    await sweeping.overdue(upload["upload_id"])
    await sweeping.sweep()
    states = [(await http.get(f"/v1/uploads/{one['upload_id']}")).json()["state"] for one in (upload, other)]
    assert states == ["expired", "open"]
    abandoned = [fact.asset_id for fact in await facts(js) if isinstance(fact, AssetAbandoned)]
    assert abandoned == [upload["asset_id"]]
    assert await send(upload["parts"]["targets"], 2) == [404]
    assert await send(other["parts"]["targets"], 2) == [200]


async def test_uploads_are_swept_while_webhooks_are_queued(
    http: httpx.AsyncClient, settings: Settings, pool: "asyncpg.Pool[Any]", nc: Client
) -> None:
    await opened(http, size_bytes=5)
    await pool.execute("UPDATE uploads SET expires_at = now()")
    async with pool.acquire() as connection:
        await Queue(connection).be_the_only_one()
        sweeping = asyncio.create_task(sweep_for_ever(settings.model_copy(update={"upload_idle_s": 1.0}), nc))
        try:
            async with asyncio.timeout(PATIENCE_S):
                # To ask the gateway would keep it open.
                while await pool.fetchval("SELECT state FROM uploads") != "expired":
                    await asyncio.sleep(0.05)
        finally:
            await end({sweeping})


async def test_parts_that_arrive_keep_an_upload_open(
    http: httpx.AsyncClient, settings: Settings, pool: "asyncpg.Pool[Any]", store: Store, js: JetStreamContext
) -> None:
    upload = await opened(http)
    await send(upload["parts"]["targets"], 1)
    sweeping = Sweeping(settings, pool, store, js, idle_s=3600.0)
    await sweeping.overdue(upload["upload_id"])
    await sweeping.sweep()
    assert (await http.get(f"/v1/uploads/{upload['upload_id']}")).json()["state"] == "open"


async def test_whoever_asks_for_an_upload_while_it_is_swept_keeps_it(
    http: httpx.AsyncClient, settings: Settings, pool: "asyncpg.Pool[Any]", store: Store, js: JetStreamContext
) -> None:
    upload, large = await opened(http, size_bytes=5), await opened(http)
    sweeping = Sweeping(settings, pool, store, js, idle_s=0.0)
    for one in (upload, large):
        await sweeping.overdue(one["upload_id"])
    await sweeping.sweep_slowly(lambda: asyncio.gather(state_of(http, upload), state_of(http, large)))
    assert [await state_of(http, one) for one in (upload, large)] == ["open", "open"]
    assert await send(large["parts"]["targets"], 3) == [200]
    assert [type(fact) for fact in await facts(js)] == [AssetAwaited] * 2


async def test_an_upload_that_could_not_be_given_up_is_swept_again(
    http: httpx.AsyncClient, settings: Settings, pool: "asyncpg.Pool[Any]", store: Store, js: JetStreamContext,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    upload = await opened(http, size_bytes=5)
    sweeping = Sweeping(settings, pool, store, js, idle_s=0.0)
    await sweeping.overdue(upload["upload_id"])
    with monkeypatch.context() as away:
        away.setattr(store, "head", failing)
        with pytest.raises(Transient):
            await sweeping.sweep()
    await sweeping.sweep()
    assert await state_of(http, upload) == "expired"
    assert [type(fact) for fact in await facts(js)] == [AssetAwaited, AssetAbandoned]


async def failing(_: str) -> None:
    raise Transient("store_unavailable", "Wait.")


async def test_a_file_that_arrived_unannounced_is_no_expired_upload(
    http: httpx.AsyncClient, settings: Settings, pool: "asyncpg.Pool[Any]", store: Store, js: JetStreamContext
) -> None:
    upload = await opened(http, size_bytes=5)
    target = upload["upload"]
    async with httpx.AsyncClient() as client:
        await client.put(target["url"], content=b"small", headers=target["headers"])
    sweeping = Sweeping(settings, pool, store, js, idle_s=0.0)
    await sweeping.overdue(upload["upload_id"])
    await sweeping.sweep()
    assert (await http.get(f"/v1/uploads/{upload['upload_id']}")).json()["state"] == "completed"
    assert [type(fact) for fact in await facts(js)] == [AssetAwaited]


async def test_parts_that_nobody_knows_are_freed_once_they_are_old(
    settings: Settings, pool: "asyncpg.Pool[Any]", store: Store, js: JetStreamContext
) -> None:
    key = "uploads/@/default/nobody/film.mp4"
    upload_id = await store.multipart.begin(key, content_type="video/mp4", metadata={})
    await store.multipart.put_part(key, upload_id, 1, b"part")
    await Sweeping(settings, pool, store, js, idle_s=3600.0).sweep()
    assert [begun.upload_id async for begun in store.multipart.begun(key)] == [upload_id]
    await Sweeping(settings, pool, store, js, idle_s=0.0).sweep()
    assert [begun async for begun in store.multipart.begun(key)] == []


async def test_limits_are_enforced_before_a_byte_is_sent(
    settings: Settings, pool: "asyncpg.Pool[Any]", store: Store, nc: Client, js: JetStreamContext, admin_key: str
) -> None:
    strict = settings.model_copy(update={"upload_max_bytes": 10, "upload_types": ("video/*",)})
    async with asking(strict, pool, store, nc, admin_key) as http:
        asked = {"name": "a", "size_bytes": 10, "content_type": "video/mp4"}
        large = await http.post("/v1/uploads", json={**asked, "size_bytes": 11})
        page = await http.post("/v1/uploads", json={**asked, "content_type": "text/html"})
        assert (await http.post("/v1/uploads", json=asked)).status_code == 201
    assert (large.status_code, large.json()["code"]) == (413, "upload_too_large")
    assert (page.status_code, page.json()["code"]) == (415, "upload_type_refused")


async def test_a_log_that_takes_nothing_is_a_passing_error(
    http: httpx.AsyncClient, nc: Client, js: JetStreamContext
) -> None:
    upload = await opened(http, size_bytes=5)
    for stream in ("MEDIA", "BUCKET"):
        await js.delete_stream(stream)
    try:
        begun = await http.post("/v1/uploads", json={"name": "a", "size_bytes": 1})
        ended = await http.delete(f"/v1/uploads/{upload['upload_id']}")
        async with httpx.AsyncClient() as client:
            await client.put(upload["upload"]["url"], content=b"small", headers=upload["upload"]["headers"])
        done = await http.post(f"/v1/uploads/{upload['upload_id']}/complete")
    finally:
        await topology.apply(nc)
    assert {(answer.status_code, answer.json()["code"]) for answer in (begun, ended, done)} == {
        (503, "log_unavailable")
    }
    assert (await http.post(f"/v1/uploads/{upload['upload_id']}/complete")).json()["state"] == "completed"


async def test_an_upload_of_another_tenant_does_not_exist(http: httpx.AsyncClient, pool: "asyncpg.Pool[Any]") -> None:
    upload = await opened(http)
    await pool.execute("UPDATE uploads SET tenant = 'acme'")
    url = f"/v1/uploads/{upload['upload_id']}"
    answers = [
        await http.get(url), await http.get(f"{url}/parts"), await http.post(f"{url}/complete"), await http.delete(url),
    ]  # fmt: skip
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(404, "upload_missing")}
    assert await pool.fetchval("SELECT state FROM uploads") == "open"


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "\0"},
        {"tags": ["a"] * 51},
        {"tags": [""]},
        {"metadata": {"a": "\0"}},
        {"playback_policy": "secret"},
        {"content_type": "video/mp4\n"},
        {"content_type": "vidéo/mp4"},
    ],
)
async def test_what_cannot_be_kept_is_a_wrong_request(http: httpx.AsyncClient, changes: dict[str, object]) -> None:
    answer = await http.post("/v1/uploads", json={"name": "a", "size_bytes": 1, **changes})
    assert (answer.status_code, answer.json()["code"]) == (400, "request_invalid")


async def test_an_import_is_a_task_and_an_asset_that_waits(http: httpx.AsyncClient, js: JetStreamContext) -> None:
    asked = {
        "input": "https://films.example/a/film%201.mp4?x=1",
        "profile": "best",
        "title": "Film",
        "priority": "high",
        "language": "pt-BR",
    }
    answer = await http.post("/v1/assets", json=asked)
    assert answer.status_code == 202
    (awaited,) = await facts(js)
    task = decode((await js.get_msg("QUEUE", seq=1)).data or b"")
    assert isinstance(awaited, AssetAwaited)
    assert isinstance(task, FetchInput)
    assert answer.json()["asset_id"] == awaited.asset_id == task.asset_id
    assert (awaited.name, awaited.title, awaited.size_bytes) == ("film 1.mp4", "Film", None)
    assert (task.url, task.key, task.profile) == (asked["input"], awaited.key, "best")
    assert task.priority == awaited.priority == "high"
    assert task.language == "pt-BR"


async def test_an_asset_waits_before_anybody_is_sent_for_it(http: httpx.AsyncClient, js: JetStreamContext) -> None:
    assert (await http.post("/v1/assets", json={"input": "https://films.example/a.mp4"})).status_code == 202
    awaited = await js.get_msg("MEDIA", seq=1)
    task = await js.get_msg("QUEUE", seq=1)
    assert awaited.time is not None
    assert task.time is not None
    assert awaited.time < task.time


async def test_an_import_that_cannot_be_handed_out_waits_for_nobody(
    http: httpx.AsyncClient, nc: Client, js: JetStreamContext
) -> None:
    await js.delete_stream("QUEUE")
    try:
        answer = await http.post("/v1/assets", json={"input": "https://films.example/a.mp4"})
    finally:
        await topology.apply(nc)
    assert (answer.status_code, answer.json()["code"]) == (503, "log_unavailable")
    assert [type(fact) for fact in await facts(js)] == [AssetAwaited, AssetAbandoned]


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a.example/b", "file:///etc/passwd", "a.example/b", "https://a b/", "https://a.example/\n", "",
        "https://me:secret@a.example/b", "https://me@a.example",
    ],
)  # fmt: skip
async def test_an_import_from_what_is_no_web_address_is_a_wrong_request(http: httpx.AsyncClient, url: str) -> None:
    answer = await http.post("/v1/assets", json={"input": url})
    assert (answer.status_code, answer.json()["code"]) == (400, "request_invalid")
