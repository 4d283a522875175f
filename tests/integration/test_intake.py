"""Work is not taken while the store is away or a disk nearly full: no try is lost, and all goes on by itself."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path

import pytest
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig

from contracts.codec import decode_alert, decode_dead_letter, encode
from contracts.v1 import AssetIngested, Original
from infra.local.ports import free_port
from services.runtime import breaker, disk, heartbeat
from services.runtime.inject import StoreDep
from services.runtime.intake_voice import INTAKE, OPEN
from services.runtime.service import Service
from services.runtime.settings import Settings
from tests.processes import PATIENCE_S, until

_ALERTS = "alert.v1.*.*.*"


def event(asset_id: str) -> AssetIngested:
    original = Original(bucket="media", key=f"uploads/{asset_id}", size_bytes=1, etag="e")
    return AssetIngested(asset_id=asset_id, original=original, name="a")


@pytest.fixture
async def js(nc: Client, clean_streams: None) -> AsyncIterator[JetStreamContext]:
    js = nc.jetstream()
    config = ConsumerConfig(
        durable_name="taken", ack_policy=AckPolicy.EXPLICIT, ack_wait=2, filter_subject=AssetIngested.subject_filter()
    )
    await js.add_consumer("MEDIA", config)
    yield js
    await js.delete_consumer("MEDIA", "taken")


async def state(js: JetStreamContext) -> tuple[int, int]:
    """Return how many messages wait in the stream, and how many are being worked on."""
    info = await js.consumer_info("MEDIA", "taken")
    return info.num_pending or 0, info.num_ack_pending or 0


async def alerts(js: JetStreamContext) -> list[tuple[str, str]]:
    subjects = (await js.stream_info("MEDIA", subjects_filter=_ALERTS)).state.subjects or {}
    found = [decode_alert((await js.get_last_msg("MEDIA", subject)).data or b"") for subject in subjects]
    return sorted((alert.kind, alert.about) for alert in found)


@asynccontextmanager
async def empty_store(port: int, takes: Callable[[str], bool] = lambda _: True) -> AsyncIterator[None]:
    """Be a store that holds nothing; ``takes`` is told the path of what is written, and says whether it is taken."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        method, path, _ = (await reader.readline()).decode().split()
        length = 0
        while (line := (await reader.readline()).decode().lower()) not in ("\r\n", ""):
            if line.startswith("content-length:"):
                length = int(line.partition(":")[2])
            if line.startswith("expect:"):
                writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        await reader.readexactly(length)
        status = HTTPStatus.NOT_FOUND
        if method == "PUT":
            status = HTTPStatus.OK if takes(path) else HTTPStatus.INSUFFICIENT_STORAGE
        head = f'HTTP/1.1 {status} {status.phrase}\r\nETag: "e"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'
        writer.write(head.encode())
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", port)
    async with server:
        yield


async def test_a_store_that_is_away_costs_no_delivery_and_work_goes_on_when_it_is_back(
    js: JetStreamContext, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "HEARTBEAT_S", 0.2)
    port, tried = free_port(set()), asyncio.Event()
    away = settings.model_copy(update={"store_url": f"http://127.0.0.1:{port}"})

    async def reading(event: AssetIngested, store: StoreDep) -> None:
        tried.set()
        await store.get(event.original.key)

    service = Service("taken", away)
    service.on("MEDIA", "taken", reading)
    async with service.app.start_lifespan_context():
        await js.publish(event("a").subject, encode(event("a")))
        await asyncio.wait_for(tried.wait(), PATIENCE_S)
        await until(lambda: bool(service.intake.reasons))
        await js.publish(event("b").subject, encode(event("b")))
        async with asyncio.timeout(PATIENCE_S):
            while await alerts(js) != [("intake_paused", "store")]:
                await asyncio.sleep(0.05)
        # Three times the durable's ack wait is not waited for here; what waits is not pulled at all.
        async with asyncio.timeout(PATIENCE_S):
            # The server counts a message as waiting a moment after it has acknowledged it.
            while await state(js) != (1, 1):
                await asyncio.sleep(0.05)
        async with empty_store(port), asyncio.timeout(PATIENCE_S):
            while await state(js) != (0, 0):
                await asyncio.sleep(0.05)
        assert not service.intake.reasons
    subjects = (await js.stream_info("DEAD", subjects_filter="dead.>")).state.subjects or {}
    assert subjects == {"dead.v1.permanent.taken": 2}
    letters = [decode_dead_letter((await js.get_msg("DEAD", sequence)).data or b"") for sequence in (1, 2)]
    assert {(letter.asset_id, letter.code, letter.deliveries) for letter in letters} == {
        ("a", "object_missing", 1), ("b", "object_missing", 1),
    }  # fmt: skip
    assert await alerts(js) == [("intake_paused", "store"), ("intake_resumed", "store")]


async def test_a_store_that_answers_but_takes_nothing_costs_no_delivery(
    js: JetStreamContext, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "HEARTBEAT_S", 0.2)
    monkeypatch.setattr(breaker, "ASK_EVERY_S", 0.1)
    port, is_shut, written = free_port(set()), True, list[str]()

    def takes(path: str) -> bool:
        written.append(path)
        return not is_shut

    async def writing(event: AssetIngested, store: StoreDep) -> None:
        await store.put(f"assets/{event.asset_id}", b"made", content_type="text/plain")

    service = Service("taken", settings.model_copy(update={"store_url": f"http://127.0.0.1:{port}"}))
    service.on("MEDIA", "taken", writing)
    async with empty_store(port, takes), service.app.start_lifespan_context():
        await js.publish(event("a").subject, encode(event("a")))
        await until(lambda: bool(service.intake.reasons))
        assert "takes nothing that is written" in service.intake.reasons["store"]
        assert await state(js) == (0, 1)
        written.clear()
        await until(lambda: len(written) > 1)
        assert set(written) == {"/media/trials/taken"}
        is_shut = False
        async with asyncio.timeout(PATIENCE_S):
            while await state(js) != (0, 0):
                await asyncio.sleep(0.05)
        assert written[-1] == "/media/assets/a"
    info = await js.consumer_info("MEDIA", "taken")
    assert info.delivered is not None
    assert info.delivered.consumer_seq == 1
    assert (await js.stream_info("DEAD")).state.messages == 0


async def test_a_disk_that_is_nearly_full_stops_work_and_says_so_to_whoever_pings(
    js: JetStreamContext, nc: Client, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = disk.free_bytes(str(tmp_path))
    monkeypatch.setattr(disk, "LOOK_EVERY_S", 0.05)
    monkeypatch.setattr(disk, "SETTLED_S", 0.1)
    handled = asyncio.Event()

    async def handler(event: AssetIngested) -> None:
        handled.set()

    full = settings.model_copy(update={"disk_folders": str(tmp_path), "disk_least_free_bytes": free * 2})
    service = Service("taken", full)
    service.on("MEDIA", "taken", handler)
    async with service.app.start_lifespan_context():
        await js.publish(event("a").subject, encode(event("a")))
        pong = await nc.request("$SRV.PING.taken", timeout=PATIENCE_S)
        assert f"are free at {tmp_path}; free some space." in pong.data.decode()
        async with asyncio.timeout(PATIENCE_S):
            while await alerts(js) != [("intake_paused", "disk")]:
                await asyncio.sleep(0.05)
        assert not handled.is_set()
        monkeypatch.setattr(disk, "free_bytes", lambda _: free * 3)
        await asyncio.wait_for(handled.wait(), PATIENCE_S)
        assert service.broker.context.get("intake").reasons == {}
        info = await nc.request("$SRV.INFO.taken", timeout=PATIENCE_S)
        assert f'"{INTAKE}": "{OPEN}"' in info.data.decode()
