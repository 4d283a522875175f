"""Long originals are measured before most of them is encoded; every rendition gets a receipt; nothing waits for it."""

import asyncio
import os
import signal
from fractions import Fraction
from pathlib import Path
from typing import Any

import httpx
import pytest
from nats.aio.client import Client

from contracts.v1 import (
    AnyFact,
    AssetPlanned,
    AssetPlayable,
    ChunkEncoded,
    ComplexityMeasured,
    QualityMeasured,
)
from infra.local.stack import Stack
from services.runtime.store import Store
from tests.asking import bearer
from tests.media import make_clip
from tests.watch import PATIENCE_S, facts_until, id_of

pytestmark = pytest.mark.usefixtures("services")


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return a clip of two minutes with few pictures."""
    path: Path = tmp_path_factory.mktemp("clips") / "long.mp4"
    return make_clip(path, width=854, height=480, rate=Fraction(2), frames=242).read_bytes()


async def dropped(clip: bytes, key: str, store: Store) -> str:
    await store.put(key, clip, content_type="video/mp4")
    return await id_of(store, key)


async def told(stack: Stack, asset_id: str) -> dict[str, Any]:
    """Return what the gateway tells of an asset once it knows its receipts."""
    url = f"{stack.running.gateway_url}/v1/assets/{asset_id}"
    async with (
        asyncio.timeout(PATIENCE_S),
        httpx.AsyncClient(headers=bearer(stack.admin_key), trust_env=False) as client,
    ):
        while True:
            asset = dict((await client.get(url)).json())
            if any(rendition["receipt"] for rendition in asset["renditions"]):
                return asset
            await asyncio.sleep(0.05)


def checked(facts: list[AnyFact]) -> tuple[AssetPlanned, QualityMeasured]:
    """Check what is said of a long original, and return its final plan and receipts."""
    candidates, refined = (fact for fact in facts if isinstance(fact, AssetPlanned))
    assert (candidates.stage, refined.stage, candidates.recipe) == ("candidates", "refined", refined.recipe)
    kinds = [fact.kind() for fact in facts]
    for once in ("complexity.measured", "asset.playable", "asset.packaged", "asset.ready", "quality.measured"):
        assert kinds.count(once) == 1
    parts = [fact.part for fact in facts if isinstance(fact, ChunkEncoded)]
    assert len(parts) == len(set(parts)) == refined.planned_parts
    quality = facts[-1]
    assert isinstance(quality, QualityMeasured)
    assert [receipt.rendition for receipt in quality.receipts] == [f"video/{rung.name}" for rung in refined.rungs]
    return refined, quality


async def test_a_long_drop_is_measured_and_shows_receipts(clip: bytes, nc: Client, store: Store, stack: Stack) -> None:
    asset_id = await dropped(clip, "uploads/measured.mp4", store)

    facts = await facts_until(nc, asset_id, QualityMeasured)

    plan, quality = checked(facts)
    (complexity,) = [fact for fact in facts if isinstance(fact, ComplexityMeasured)]
    forecasts = {forecast.rung: forecast.bitrate_bps for forecast in complexity.forecasts}
    assert [rung.name for rung in plan.rungs] == ["480p", "360p"]
    assert [rung.predicted_bitrate_bps for rung in plan.rungs] == [forecasts["480p"], forecasts["360p"]]
    assert all(receipt.xpsnr_db and receipt.xpsnr_db > 30 for receipt in quality.receipts)
    assert [receipt.sampled for receipt in quality.receipts] == [[5, 15, 25]] * 2
    # Blocks that stand still or flip take little of what a film would.
    assert all(0 < (receipt.saved_bytes or 0) < 121 * 1_000_000 / 8 for receipt in quality.receipts)
    shown = await told(stack, asset_id)
    assert shown["state"] == "ready"
    receipts = [rendition["receipt"] for rendition in shown["renditions"] if rendition["receipt"]]
    assert [receipt["rendition"] for receipt in receipts] == ["video/480p", "video/360p"]
    assert [receipt["xpsnr_db"] for receipt in receipts] == [receipt.xpsnr_db for receipt in quality.receipts]


async def test_encoding_goes_on_when_measuring_is_killed(clip: bytes, nc: Client, store: Store, stack: Stack) -> None:
    asset_id = await dropped(clip, "uploads/measured-killed.mp4", store)
    await facts_until(nc, asset_id, AssetPlanned)
    await kill_measure(stack)

    checked(await facts_until(nc, asset_id, QualityMeasured))


async def kill_measure(stack: Stack) -> None:
    """Kill the service and wait until it is another process."""
    before = stack.running.pids["measure"]
    os.kill(before, signal.SIGKILL)
    async with asyncio.timeout(PATIENCE_S):
        while stack.running.pids.get("measure", before) == before:
            await asyncio.sleep(0.02)


async def test_a_standard_original_has_receipts_for_what_was_copied_and_for_what_was_encoded(
    tmp_path: Path, nc: Client, store: Store
) -> None:
    options = {"preset": "veryfast", "x264-params": "keyint=48:min-keyint=48:scenecut=0"}
    clip = make_clip(tmp_path / "standard.mp4", width=854, height=480, frames=200, options=options)
    asset_id = await dropped(clip.read_bytes(), "uploads/measured-standard.mp4", store)

    facts = await facts_until(nc, asset_id, QualityMeasured)

    assert [fact.stage for fact in facts if isinstance(fact, AssetPlanned)] == ["final"]
    own, encoded = checked_receipts(facts[-1])
    assert (own.copied, own.xpsnr_db, own.sampled) == (True, None, [])
    assert own.saved_bytes is not None
    assert (encoded.copied, encoded.sampled) == (False, [1])
    assert encoded.xpsnr_db is not None
    assert AssetPlayable in {type(fact) for fact in facts}


def checked_receipts(fact: AnyFact) -> Any:
    assert isinstance(fact, QualityMeasured)
    assert fact.reason is None
    return fact.receipts
