"""Any one service may be killed in the middle: it is started again and the same asset comes out."""

import asyncio
import os
import signal
from pathlib import Path

import httpx
import pytest
from nats.aio.client import Client

from contracts.v1 import AssetPlanned, AssetReady
from infra.local.stack import Stack
from infra.local.supervisor import SERVICES
from services.runtime.store import Store
from tests.asking import bearer
from tests.media import make_clip
from tests.moments import MOMENTS
from tests.watch import PATIENCE_S, facts_until, id_of, made, outcome


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder: Path = tmp_path_factory.mktemp("clips")
    return make_clip(folder / "clip.mp4", width=640, height=360, frames=300, beeps_s=[0.5, 9.0]).read_bytes()


async def process(clip: bytes, key: str, store: Store) -> str:
    await store.put(key, clip, content_type="video/mp4")
    return await id_of(store, key)


async def fingerprint(store: Store, asset_id: str) -> dict[str, str]:
    return {key.partition(asset_id)[2]: found.etag for key, found in (await made(store, asset_id)).items()}


async def shown(stack: Stack, asset_id: str, state: str) -> dict[str, object]:
    url = f"{stack.running.gateway_url}/v1/assets/{asset_id}"
    async with asyncio.timeout(PATIENCE_S), httpx.AsyncClient(timeout=PATIENCE_S, trust_env=False) as client:
        while True:
            try:
                answer = await client.get(url, headers=bearer(stack.admin_key))
            except httpx.TransportError:
                answer = httpx.Response(503)
            if answer.status_code == httpx.codes.OK and answer.json()["state"] == state:
                return dict(answer.json())
            await asyncio.sleep(0.05)


async def restarted(stack: Stack, name: str, before: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while stack.running.pids.get(name, before) == before:
            await asyncio.sleep(0.02)


def test_every_service_of_the_stack_is_killed_here() -> None:
    assert set(MOMENTS) == {service.name for service in SERVICES}


@pytest.mark.parametrize("name", MOMENTS)
async def test_a_killed_service_comes_back_and_the_same_asset_comes_out(
    name: str, clip: bytes, nc: Client, store: Store, services: Stack
) -> None:
    whole = await process(clip, "uploads/undisturbed.mp4", store)
    assert isinstance(await outcome(nc, whole), AssetReady)

    before = services.running.pids[name]
    asset_id = await process(clip, f"uploads/killed-{name}.mp4", store)
    if (moment := MOMENTS[name]) is not None:
        await facts_until(nc, asset_id, moment)
    os.kill(before, signal.SIGKILL)

    assert isinstance(await outcome(nc, asset_id), AssetReady)
    assert await fingerprint(store, asset_id) == await fingerprint(store, whole)
    await restarted(services, name, before)
    assert (await shown(services, asset_id, "ready"))["progress"] == 1.0
    facts = [fact.kind() for fact in await facts_until(nc, asset_id, AssetReady)]
    assert facts.count("asset.ready") == facts.count("asset.packaged") == facts.count("asset.playable") == 1


@pytest.mark.parametrize("server", ["nats", "postgres", "seaweedfs"])
async def test_a_killed_server_comes_back_and_the_same_asset_comes_out(
    server: str, clip: bytes, nc: Client, store: Store, services: Stack
) -> None:
    whole = await process(clip, "uploads/undisturbed.mp4", store)
    assert isinstance(await outcome(nc, whole), AssetReady)

    before = services.running.pids[server]
    asset_id = await process(clip, f"uploads/killed-{server}.mp4", store)
    await facts_until(nc, asset_id, AssetPlanned)
    os.kill(before, signal.SIGKILL)

    assert (await shown(services, asset_id, "ready"))["progress"] == 1.0
    assert await fingerprint(store, asset_id) == await fingerprint(store, whole)
    await restarted(services, server, before)
