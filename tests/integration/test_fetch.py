"""Imports by URL, from a server of this machine into the real store: once, bounded, and with a reason when not."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import pytest
from nats.js import JetStreamContext

from contracts.codec import decode, encode
from contracts.keys import asset_id_of, reserved_key
from contracts.v1 import AssetAbandoned, AssetDeleted, AssetFailed, FetchInput
from infra.local.stack import Stack
from services.fetch import app
from services.fetch.app import FetchSettings
from services.runtime.heartbeat import HEARTBEAT_S
from services.runtime.multipart import PART_BYTES
from services.runtime.settings import Settings
from services.runtime.store import Store
from tests.projection import publish

PIECE = b"0123456789abcdef" * 4096
FILM_BYTES = 2 * PART_BYTES + len(PIECE)


class Films:
    """A server of films; a path says how it behaves. ``goes_on`` holds back the second half of ``/slow.mp4``."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.goes_on = Event()
        self.asked: list[str] = []


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        films: Films = self.server.films  # type: ignore[attr-defined]  # set below
        films.asked.append(self.path)
        match self.path:
            case "/film.mp4" | "/slow.mp4" | "/cut.mp4":
                self._start(200, {"Content-Type": "video/mp4", "Content-Length": str(FILM_BYTES)})
                for number in range(FILM_BYTES // len(PIECE)):
                    if self.path != "/film.mp4" and number == FILM_BYTES // len(PIECE) // 2 + 40:
                        if self.path == "/cut.mp4":
                            return
                        films.goes_on.wait()
                    self.wfile.write(PIECE)
            case "/small.mp4":
                self._start(200, {"Content-Type": "video/mp4", "Content-Length": str(len(PIECE))})
                self.wfile.write(PIECE)
            case "/moved.mp4":
                self._start(302, {"Location": "/small.mp4", "Content-Length": "0"})
            case "/endless.mp4":
                self._start(200, {"Content-Type": "video/mp4"})
                while True:
                    self.wfile.write(PIECE)
            case "/empty.mp4":
                self._start(200, {"Content-Length": "0"})
            case _:
                self._start(404, {"Content-Length": "0"})

    def _start(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        self.close_connection = True
        for name, value in {**headers, "Connection": "close"}.items():
            self.send_header(name, value)
        self.end_headers()

    def handle(self) -> None:
        try:
            super().handle()
        except (BrokenPipeError, ConnectionResetError):
            return  # the reader has had enough

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def films() -> Iterator[Films]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as http:
        http.daemon_threads = True
        films = http.films = Films(http.server_port)  # type: ignore[attr-defined]  # handlers find it there
        thread = Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield films
        films.goes_on.set()
        http.shutdown()
        thread.join()


@pytest.fixture
def js(clean_streams: None, js: JetStreamContext) -> JetStreamContext:
    return js


@asynccontextmanager
async def fetching(settings: Settings, **changes: object) -> AsyncIterator[None]:
    own = FetchSettings(**{**settings.model_dump(), "egress_private": True, **changes})
    async with app.build(own).app.start_lifespan_context():
        yield


async def order(js: JetStreamContext, store: Store, url: str, token: str) -> FetchInput:
    key = reserved_key("acme", token, "film.mp4")
    task = FetchInput(asset_id=asset_id_of(store.bucket, key, "", 0), tenant="acme", url=url, key=key, profile="best")
    await js.publish(task.subject, encode(task), headers={"Nats-Msg-Id": task.message_id})
    return task


async def settled(js: JetStreamContext) -> None:
    async with asyncio.timeout(60):
        while (await js.stream_info("TASKS")).state.messages:
            await asyncio.sleep(0.02)


async def failure(js: JetStreamContext, task: FetchInput) -> AssetFailed:
    await settled(js)
    subject = f"media.v1.asset.failed.{task.asset_id}.asset"
    fact = decode((await js.get_last_msg("MEDIA", subject)).data or b"")
    assert isinstance(fact, AssetFailed)
    return fact


async def begun(store: Store, task: FetchInput) -> list[str]:
    return [one.upload_id async for one in store.multipart.begun(task.key)]


@pytest.mark.parametrize(
    ("path", "size_bytes"), [("/film.mp4", FILM_BYTES), ("/small.mp4", len(PIECE)), ("/moved.mp4", len(PIECE))]
)
async def test_a_file_is_fetched_into_the_bucket_and_announced_once(
    films: Films, settings: Settings, store: Store, js: JetStreamContext, path: str, size_bytes: int
) -> None:
    task = await order(js, store, films.url + path, f"fetch{path[1:3]}")
    async with fetching(settings):
        await settled(js)
    stored = await store.head(task.key)
    assert stored is not None
    assert (stored.size_bytes, stored.content_type) == (size_bytes, "video/mp4")
    assert stored.metadata == {
        "headrace-profile": "best",
        "headrace-playback-policy": "public",
        "headrace-priority": "normal",
    }
    assert await store.get(task.key) == (PIECE * (FILM_BYTES // len(PIECE)))[:size_bytes]
    assert (await js.stream_info("BUCKET")).state.messages == 1


async def test_a_task_that_comes_again_fetches_nothing_and_announces_nothing_new(
    films: Films, settings: Settings, store: Store, js: JetStreamContext
) -> None:
    task = await order(js, store, f"{films.url}/small.mp4", "again")
    async with fetching(settings):
        await settled(js)
        await js.publish(task.subject, encode(task))
        await settled(js)
    assert films.asked == ["/small.mp4"]
    assert (await js.stream_info("BUCKET")).state.messages == 1


@pytest.mark.parametrize(
    "refusal",
    [
        ("/missing.mp4", {}, "input_unreachable"),
        ("/empty.mp4", {}, "input_empty"),
        ("/film.mp4", {"upload_max_bytes": FILM_BYTES - 1}, "input_too_large"),
        ("/endless.mp4", {"upload_max_bytes": PART_BYTES + 1}, "input_too_large"),
        ("/slow.mp4", {"fetch_most_s": 0.5}, "input_too_slow"),
        ("/small.mp4", {"egress_private": False}, "input_refused"),
        ("/small.mp4", {"upload_types": ("audio/*",)}, "upload_type_refused"),
    ],
)
async def test_what_cannot_be_fetched_fails_with_a_reason_and_leaves_nothing(
    films: Films, settings: Settings, store: Store, js: JetStreamContext, refusal: tuple[str, dict[str, object], str]
) -> None:
    path, changes, code = refusal
    task = await order(js, store, films.url + path, f"not-{code}")
    async with fetching(settings, **changes):
        failed = await failure(js, task)
    assert (failed.code, failed.tenant, failed.service) == (code, "acme", "fetch")
    assert await store.head(task.key) is None
    assert await begun(store, task) == []


async def test_what_was_deleted_while_it_waited_is_not_fetched(
    films: Films, settings: Settings, store: Store, js: JetStreamContext
) -> None:
    key = reserved_key("acme", "deleted", "film.mp4")
    deleted = AssetDeleted(asset_id=asset_id_of(store.bucket, key, "", 0), edit="e", purge_at=datetime.now(UTC))
    await publish(js, [deleted])
    task = await order(js, store, f"{films.url}/small.mp4", "deleted")
    assert task.asset_id == deleted.asset_id
    async with fetching(settings):
        await settled(js)
    assert films.asked == []
    last = decode((await js.get_last_msg("MEDIA", f"media.v1.*.*.{task.asset_id}.>")).data or b"")
    assert last == AssetAbandoned(asset_id=task.asset_id, tenant="acme")


async def test_what_is_deleted_while_it_is_fetched_is_given_up_and_leaves_nothing(
    films: Films, settings: Settings, store: Store, js: JetStreamContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.fetch.unwanted.LOOKS_EVERY_S", 0.05)
    task = await order(js, store, f"{films.url}/slow.mp4", "unwanted")
    async with fetching(settings):
        async with asyncio.timeout(60):
            while not await begun(store, task):
                await asyncio.sleep(0.02)
        await publish(js, [AssetDeleted(asset_id=task.asset_id, edit="e", purge_at=datetime.now(UTC))])
        await settled(js)
    assert not films.goes_on.is_set()
    assert await store.head(task.key) is None
    assert await begun(store, task) == []
    last = decode((await js.get_last_msg("MEDIA", f"media.v1.*.*.{task.asset_id}.>")).data or b"")
    assert last == AssetAbandoned(asset_id=task.asset_id, tenant="acme")
    assert (await js.stream_info("BUCKET")).state.messages == 0


async def test_a_killed_fetch_begins_again_and_leaves_one_whole_object(
    films: Films, stack: Stack, settings: Settings, store: Store, js: JetStreamContext
) -> None:
    # A dead worker's task comes back after this long, which must be longer than the pause between two heartbeats.
    durable = (await js.consumer_info("TASKS", "fetch")).config
    await js.add_consumer("TASKS", durable.evolve(ack_wait=HEARTBEAT_S + 1))
    task = await order(js, store, f"{films.url}/slow.mp4", "killed")
    environment = {**os.environ, **stack.environment, "HEADRACE_EGRESS_PRIVATE": "true"}
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "services.fetch.app", env=environment)
    async with asyncio.timeout(60):
        while not await begun(store, task):
            await asyncio.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    await process.wait()
    assert await store.head(task.key) is None
    films.goes_on.set()
    async with fetching(settings):
        await settled(js)
    stored = await store.head(task.key)
    assert stored is not None
    assert stored.size_bytes == FILM_BYTES
    assert await begun(store, task) == []
    assert (await js.stream_info("BUCKET")).state.messages == 1


async def test_a_server_that_hangs_up_in_the_middle_is_asked_again(
    films: Films, settings: Settings, store: Store, js: JetStreamContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.runtime.errors.RETRY_DELAYS_S", (0.05,))
    task = await order(js, store, f"{films.url}/cut.mp4", "cut")
    async with fetching(settings):
        failed = await failure(js, task)
    assert failed.code == "input_unreachable"
    assert films.asked == ["/cut.mp4", "/cut.mp4"]
    assert await begun(store, task) == []
