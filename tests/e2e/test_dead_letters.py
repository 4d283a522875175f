"""What failed for a cause that is gone is replayed, and its asset is ready: whole, once, and by whom it concerns."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import msgspec
import pytest
from nats.aio.client import Client

from contracts.v1 import AssetFailed, AssetIngested, AssetPlanned, AssetReady
from contracts.v1.operate import ENDPOINTS
from services.runtime.settings import Settings
from services.runtime.store import Store
from tests.asking import bearer, in_state
from tests.media import make_clip
from tests.watch import PATIENCE_S, facts_until, id_of

pytestmark = pytest.mark.usefixtures("services")

Ask = Callable[..., Awaitable[Any]]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("clips")
    return make_clip(folder / "clip.mp4", width=320, height=180, frames=150, beeps_s=[1.0]).read_bytes()


@pytest.fixture
def ask(nc: Client) -> Ask:
    async def ask(subject: str, **asked: object) -> Any:
        answer = await nc.request(subject, msgspec.json.encode(asked), timeout=PATIENCE_S)
        return msgspec.json.decode(answer.data, type=ENDPOINTS[subject][1])

    return ask


@pytest.fixture
async def http(settings: Settings, admin_key: str) -> AsyncIterator[httpx.AsyncClient]:
    base = f"http://{settings.gateway_host}:{settings.gateway_port}"
    async with httpx.AsyncClient(
        base_url=base, headers=bearer(admin_key), timeout=PATIENCE_S, trust_env=False
    ) as client:
        yield client


async def is_ready(http: httpx.AsyncClient, asset_id: str) -> bool:
    return bool((await http.get(f"/v1/assets/{asset_id}")).json()["state"] == "ready")


async def parked(ask: Ask, asset_id: str) -> list[Any]:
    async with asyncio.timeout(PATIENCE_S):
        while not (letters := (await ask("headrace.dead.ls", asset_id=asset_id)).letters):
            await asyncio.sleep(0.1)
    return list(letters)


async def test_tasks_whose_original_was_away_are_replayed_and_the_asset_is_ready(
    ask: Ask, clip: bytes, nc: Client, store: Store, http: httpx.AsyncClient
) -> None:
    key = "uploads/dead/away.mp4"
    await ask("headrace.pause", service="ladder_encode")
    await store.put(key, clip, content_type="video/mp4")
    asset_id = await id_of(store, key)
    await facts_until(nc, asset_id, AssetPlanned)
    await store.delete([key])
    await ask("headrace.resume", service="ladder_encode")
    await facts_until(nc, asset_id, AssetFailed)
    assert (await in_state(http, asset_id, "failed"))["errors"]
    letters = await parked(ask, asset_id)
    assert {letter.service for letter in letters} <= {"ladder_encode", "thumbnail", "transcribe"}

    await store.put(key, clip, content_type="video/mp4")
    settled: list[int] = []
    async with asyncio.timeout(PATIENCE_S):
        # A task may fail a little later than others, and then be one letter more; some are not waited for.
        while not await is_ready(http, asset_id) or (await ask("headrace.dead.ls", asset_id=asset_id)).letters:
            settled += (await ask("headrace.dead.replay", asset_id=asset_id)).done
            await asyncio.sleep(0.2)
    assert {letter.id for letter in letters} <= set(settled)
    asset = await in_state(http, asset_id, "ready")
    assert asset["errors"] == []


async def test_an_original_that_nobody_could_look_at_is_looked_at_and_told_of_once(
    ask: Ask, clip: bytes, nc: Client, store: Store, http: httpx.AsyncClient
) -> None:
    key = "uploads/dead/unseen.mp4"
    await ask("headrace.pause", durable="probe_original")
    await store.put(key, clip, content_type="video/mp4")
    asset_id = await id_of(store, key)
    await facts_until(nc, asset_id, AssetIngested)
    await store.delete([key])
    await ask("headrace.resume", durable="probe_original")
    await facts_until(nc, asset_id, AssetFailed)
    (letter,) = await parked(ask, asset_id)
    assert (letter.service, letter.durable) == ("probe", "probe_original")

    await store.put(key, clip, content_type="video/mp4")
    assert (await ask("headrace.dead.replay", ids=[letter.id])).done == [letter.id]
    await in_state(http, asset_id, "ready")
    told = await ask("headrace.asset", asset_id=asset_id)
    assert (told.state, told.letters) == ("ready", [])
    assert [moment.fact for moment in told.facts].count(AssetIngested.kind()) == 1
    assert [moment.fact for moment in told.facts].count(AssetReady.kind()) == 1
