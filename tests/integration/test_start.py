"""A service that cannot be started ends and says why; one that lacks a permission says which."""

import asyncio

import pytest
from nats.aio.client import Client
from nats.js import JetStreamContext

from contracts.codec import encode
from contracts.v1 import AssetIngested, AssetPurged, Original
from infra.local.settings import settings_from
from infra.local.stack import Stack
from infra.nats import topology
from services.runtime import publish
from services.runtime.intake_voice import INTAKE
from services.runtime.service import Service
from tests.processes import PATIENCE_S, until

EVENT = AssetIngested(
    asset_id="a", original=Original(bucket="media", key="uploads/a", size_bytes=1, etag="e"), name="a"
)


async def test_a_service_whose_durable_is_missing_ends_with_an_error(
    clean_streams: None, stack: Stack, nc: Client, js: JetStreamContext, capfd: pytest.CaptureFixture[str]
) -> None:
    async def handler(event: AssetIngested) -> None:
        raise AssertionError

    await js.delete_consumer("MEDIA", "probe")
    try:
        # It may not make one itself.
        service = Service("probe", settings_from(stack.environment_of("probe")))
        service.on("MEDIA", "probe", handler)
        async with asyncio.timeout(PATIENCE_S):
            assert await service.serve() != 0
        # A process would take its connection with it.
        await service.broker.stop()
    finally:
        await topology.apply(nc)
    assert "critical probe probe cannot be started and ends (TimeoutError: " in capfd.readouterr().out


async def test_whoever_may_not_say_what_it_has_to_tells_which_permission_is_missing(
    clean_streams: None, stack: Stack, nc: Client, js: JetStreamContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "ACK_TIMEOUT_S", 2.0)
    told = AssetPurged(asset_id="a", objects=0, attempt=0)

    async def handler(event: AssetIngested) -> AssetPurged:
        return told

    service = Service("probe", settings_from(stack.environment_of("probe")))
    service.on("MEDIA", "probe", handler)
    async with service.app.start_lifespan_context():
        await js.publish(EVENT.subject, encode(EVENT))
        await until(lambda: bool(service.intake.reasons))
        info = await nc.request("$SRV.INFO.probe", timeout=PATIENCE_S)
    sentence = f"NATS does not let the service probe publish on {told.subject}; give its user that permission"
    assert f'"{INTAKE}": "{sentence}' in info.data.decode()
