"""Metrics and traces are there when asked for, and cost nothing when not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig
from prometheus_client import REGISTRY

from contracts.codec import encode
from contracts.v1 import AssetIngested, AssetPlayable, Original
from services.runtime.service import Service
from services.runtime.settings import Settings
from tests.processes import PATIENCE_S

EVENT = AssetIngested(
    asset_id="a", original=Original(bucket="media", key="uploads/a", size_bytes=1, etag="e"), name="a"
)
PLAYABLE = AssetPlayable(asset_id="a", recipe="r", hls_key="k")


@pytest.fixture
async def js(js: JetStreamContext, clean_streams: None) -> AsyncIterator[JetStreamContext]:
    config = ConsumerConfig(
        durable_name="measured", ack_policy=AckPolicy.EXPLICIT, filter_subject=AssetIngested.subject_filter()
    )
    await js.add_consumer("MEDIA", config)
    yield js
    await js.delete_consumer("MEDIA", "measured")


@asynccontextmanager
async def collector() -> AsyncIterator[tuple[str, asyncio.Queue[bytes]]]:
    """Be an OpenTelemetry collector: take what is posted, answer 200."""
    posted: asyncio.Queue[bytes] = asyncio.Queue()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        (length,) = [int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        posted.put_nowait(head + await reader.readexactly(length))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1/traces", posted


async def deliver_one(settings: Settings, js: JetStreamContext) -> None:
    handled = asyncio.Event()

    async def handler(event: AssetIngested) -> AssetPlayable:
        handled.set()
        return PLAYABLE

    service = Service("measured", settings)
    service.on("MEDIA", "measured", handler)
    async with service.app.start_lifespan_context():
        await js.publish(EVENT.subject, encode(EVENT))
        await asyncio.wait_for(handled.wait(), PATIENCE_S)


async def test_deliveries_are_counted_when_metrics_are_on(js: JetStreamContext, settings: Settings) -> None:
    await deliver_one(settings.model_copy(update={"metrics": True}), js)
    counted = REGISTRY.get_sample_value(
        "headrace_received_messages_total",
        {"app_name": "measured", "broker": "nats", "handler": "media.v1.asset.ingested"},
    )
    assert counted == 1.0


async def test_deliveries_are_traced_when_a_collector_is_named(js: JetStreamContext, settings: Settings) -> None:
    async with collector() as (endpoint, posted):
        await deliver_one(settings.model_copy(update={"otlp_endpoint": endpoint}), js)
        spans = await asyncio.wait_for(posted.get(), PATIENCE_S)
    assert b"POST /v1/traces" in spans
    assert b"headrace-measured" in spans
    assert b"media.v1.asset.ingested process" in spans
    consumed = (await js.get_last_msg("MEDIA", PLAYABLE.subject)).headers or {}
    trace_id = consumed["traceparent"].split("-")[1]
    assert bytes.fromhex(trace_id) in spans
