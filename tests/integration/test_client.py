"""The Python client against a gateway in a process of its own, which no byte of a file passes through."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx
import pytest
from nats.js import JetStreamContext

from contracts.keys import asset_id_of
from infra.local.stack import Stack
from services.client import ClientError, Headrace, Progress, Refused, Unavailable
from services.client import http as client_http
from services.runtime.multipart import PART_BYTES
from services.runtime.settings import Settings
from services.runtime.store import Store
from tests.resuming import OwnGateway, finish, killed_once, own_gateway, sparse_file

LARGE_BYTES = 320 * 1000 * 1000
FLAT_BYTES = 16 << 20


@pytest.fixture(scope="module")
async def gateway(stack: Stack) -> AsyncIterator[OwnGateway]:
    async with own_gateway(stack) as gateway:
        yield gateway


@pytest.fixture
async def table(settings: Settings, clean_streams: None) -> AsyncIterator["asyncpg.Connection"]:
    connection = await asyncpg.connect(settings.database_url.get_secret_value())
    await connection.execute("TRUNCATE uploads")
    yield connection
    await connection.close()


@pytest.fixture
async def headrace(
    gateway: OwnGateway, admin_key: str, tmp_path: Path, table: asyncpg.Connection
) -> AsyncIterator[Headrace]:
    async with Headrace(gateway.url, admin_key, use_proxies=False, state=tmp_path / "state") as headrace:
        yield headrace


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_http, "_FIRST_PAUSE_S", 0.01)


async def size_of(store: Store, asset_id: str) -> int:
    (found,) = [
        one.size_bytes
        async for one in store.list("uploads/@/")
        if asset_id_of(store.bucket, one.key, "", 0) == asset_id
    ]
    return found


async def test_a_large_upload_that_is_killed_twice_sends_no_stored_part_again_and_the_gateway_stays_small(
    gateway: OwnGateway,
    admin_key: str,
    headrace: Headrace,
    store: Store,
    table: asyncpg.Connection,
    tmp_path: Path,
) -> None:
    small = tmp_path / "small.mp4"
    small.write_bytes(b"small")
    await headrace.upload(small)  # what the gateway loads at its first upload is not counted
    path = sparse_file(tmp_path / "killed.mp4", LARGE_BYTES)
    before_bytes = gateway.peak_bytes
    upload, first = await killed_once(gateway, admin_key, path, tmp_path, store, at_parts=2)
    again, second = await killed_once(gateway, admin_key, path, tmp_path, store, at_parts=len(first) + 2)
    assert again == upload
    assert {number: second[number].stored_at for number in first} == {
        number: part.stored_at for number, part in first.items()
    }
    upload_id = await table.fetchval("SELECT upload_id FROM uploads WHERE name = 'killed.mp4'")

    # The third comes from a machine that remembers nothing.
    uploaded, sent = await finish(gateway, admin_key, path, tmp_path / "fresh", upload_id)

    count = -(-LARGE_BYTES // PART_BYTES)
    assert len(first) < len(second) < count
    # The store may take in what it was sent before the blow even later than it was looked for.
    assert len(sent) == len(set(sent)) > 0
    assert set(sent) <= set(range(1, count + 1)) - set(second)
    assert await size_of(store, uploaded.asset_id) == LARGE_BYTES
    assert gateway.peak_bytes - before_bytes < FLAT_BYTES


async def test_progress_ends_with_the_whole_file(headrace: Headrace, store: Store, tmp_path: Path) -> None:
    path = tmp_path / "small.mp4"
    path.write_bytes(b"s" * 300_000)
    told: list[Progress] = []
    uploaded = await headrace.upload(path, title="Small", tags=["a"], on_progress=told.append)
    assert [now.sent_bytes for now in told] == sorted(now.sent_bytes for now in told)
    assert told[-1] == Progress(300_000, 300_000, 0)
    assert await size_of(store, uploaded.asset_id) == 300_000


class Flaky(httpx.AsyncBaseTransport):
    """A way to the store that fails the first tries of each URL."""

    def __init__(self, way: httpx.AsyncBaseTransport, failures: list[httpx.Response | Exception]) -> None:
        self._way = way
        self._failures = failures
        self.left: dict[str, list[httpx.Response | Exception]] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        left = self.left.setdefault(request.url.path, list(self._failures))
        if left:
            failure = left.pop(0)
            if isinstance(failure, Exception):
                raise failure
            return failure
        return await self._way.handle_async_request(request)

    async def aclose(self) -> None:
        await self._way.aclose()


def disturb(headrace: Headrace, *failures: httpx.Response | Exception) -> None:
    client = headrace._store_client
    client._mounts.clear()
    client._transport = Flaky(client._transport, list(failures))


async def test_a_file_is_tried_four_times(headrace: Headrace, tmp_path: Path) -> None:
    path = tmp_path / "small.mp4"
    path.write_bytes(b"small")
    disturb(headrace, httpx.Response(503), httpx.ConnectError("away"), httpx.ReadTimeout("slow"))
    assert (await headrace.upload(path)).size_bytes == 5


async def test_what_fails_four_times_fails_and_goes_on_later(
    headrace: Headrace, gateway: OwnGateway, admin_key: str, table: asyncpg.Connection, tmp_path: Path
) -> None:
    path = tmp_path / "small.mp4"
    path.write_bytes(b"small")
    disturb(headrace, *[httpx.ConnectError("away")] * 4)
    with pytest.raises(Unavailable):
        await headrace.upload(path)
    async with Headrace(gateway.url, admin_key, use_proxies=False, state=tmp_path / "state") as later:
        await later.upload(path)
    assert await table.fetchval("SELECT array_agg(state) FROM uploads") == ["completed"]


async def test_an_answer_that_got_lost_is_no_failure(headrace: Headrace, tmp_path: Path) -> None:
    path = tmp_path / "small.mp4"
    path.write_bytes(b"small")
    client = headrace._store_client

    async def lose(response: httpx.Response) -> None:
        client.event_hooks["response"].clear()
        raise httpx.ReadError("lost")

    client.event_hooks["response"].append(lose)
    assert (await headrace.upload(path)).size_bytes == 5


async def test_an_upload_that_was_given_up_begins_anew(
    headrace: Headrace, gateway: OwnGateway, admin_key: str, table: asyncpg.Connection, tmp_path: Path
) -> None:
    path = tmp_path / "small.mp4"
    path.write_bytes(b"small")
    disturb(headrace, *[httpx.ConnectError("away")] * 4)
    with pytest.raises(ClientError):
        await headrace.upload(path)
    await table.execute("UPDATE uploads SET state = 'expired'")
    async with Headrace(gateway.url, admin_key, use_proxies=False, state=tmp_path / "state") as later:
        await later.upload(path)
    assert await table.fetchval("SELECT array_agg(state ORDER BY created_at) FROM uploads") == ["expired", "completed"]


async def test_an_upload_that_is_not_there_cannot_be_resumed(headrace: Headrace, tmp_path: Path) -> None:
    path = tmp_path / "small.mp4"
    path.write_bytes(b"small")
    with pytest.raises(Refused) as refused:
        await headrace.upload(path, resume="up_none")
    assert refused.value.code == "upload_missing"


async def test_a_wrong_key_is_refused(gateway: OwnGateway, tmp_path: Path) -> None:
    path = tmp_path / "small.mp4"
    path.write_bytes(b"small")
    async with Headrace(gateway.url, "hr_wrong", use_proxies=False, state=tmp_path) as stranger:
        with pytest.raises(Refused) as refused:
            await stranger.upload(path)
    assert refused.value.status == 401


async def test_a_url_can_be_imported(headrace: Headrace, js: JetStreamContext) -> None:
    asset_id = await headrace.import_url("https://films.example/film.mp4", title="Film")
    told = await js.stream_info("QUEUE", subjects_filter=f"queue.v1.fetch.*.*.*.{asset_id}.>")
    assert len(told.state.subjects or {}) == 1
