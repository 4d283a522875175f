"""Files that come through the client and the gateway, on the whole of Headrace."""

from pathlib import Path

import httpx
import pytest
from nats.aio.client import Client

from contracts.v1 import AssetAwaited, AssetIngested, AssetReady
from infra.local.stack import Stack
from services.client import Headrace
from services.runtime.store import Store
from tests.asking import bearer
from tests.media import make_clip
from tests.watch import facts_until, id_of, outcome


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("clips")
    return make_clip(folder / "clip.mp4", width=320, height=180, frames=50, beeps_s=[0.5])


async def test_what_the_client_uploads_is_ingested_once_and_becomes_ready(
    clip: Path, services: Stack, nc: Client, tmp_path: Path
) -> None:
    url = services.running.gateway_url
    async with Headrace(url, services.admin_key, use_proxies=False, state=tmp_path) as headrace:
        uploaded = await headrace.upload(clip, title="Clip", playback_policy="signed")
    assert isinstance(await outcome(nc, uploaded.asset_id), AssetReady)
    awaited, ingested, *_ = facts = await facts_until(nc, uploaded.asset_id, AssetReady)
    assert isinstance(awaited, AssetAwaited)
    assert isinstance(ingested, AssetIngested)
    assert (awaited.title, ingested.playback_policy) == ("Clip", "signed")
    kinds = [fact.kind() for fact in facts]
    assert kinds.count("asset.ingested") == kinds.count("asset.probed") == kinds.count("asset.ready") == 1


async def test_a_drop_in_a_tenants_folder_is_that_tenants_to_the_end(
    clip: Path, services: Stack, nc: Client, store: Store
) -> None:
    key = "uploads/tenants/acme/clip.mp4"
    await store.put(key, clip.read_bytes(), content_type="video/mp4")
    asset_id = await id_of(store, key)
    assert isinstance(await outcome(nc, asset_id), AssetReady)
    facts = await facts_until(nc, asset_id, AssetReady)
    assert {fact.tenant for fact in facts} == {"acme"}
    async with httpx.AsyncClient(headers=bearer(services.admin_key), timeout=60, trust_env=False) as client:
        mine = await client.get(f"{services.running.gateway_url}/v1/assets/{asset_id}")
    assert mine.status_code == 404
