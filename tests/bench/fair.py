"""How long one tenant's file waits while another brings hundreds, and how right it is what assets are told.

Tenant ``flood`` drops clips of two seconds, 500 unless ``--files N`` or ``--quick`` says otherwise; then ``other``
drops one, and a few more while the flood is worked on. Estimates are read from documents, as people see them, and
compared with what came true. Everything is measured on this machine in this run.
"""

import argparse
import asyncio
import statistics
import tempfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import nats
from nats.aio.client import Client
from rich.console import Console
from rich.table import Table

from contracts.base import Message
from contracts.v1 import AssetIngested, AssetPlanned, AssetPlayable, AssetProbed, AssetReady
from infra.local.ports import free_port
from infra.local.up import headrace
from services.runtime.store import Store
from tests.asking import bearer
from tests.media import make_clip
from tests.watch import facts_until, id_of

MOST_TIMES = 8.0
"""The bound: beside a flood, a file is playable within so many times as long as alone."""

FILES, QUICK_FILES = 500, 40
RUNS = 5
SAMPLES = 40
PATIENCE_S = 3600.0
_SIDE_BY_SIDE = 8
_ASK_EVERY_S = 5.0
_STEPS: tuple[type[Message], ...] = (AssetIngested, AssetProbed, AssetPlanned, AssetPlayable)


class Dropped(NamedTuple):
    """A file that lies in the bucket since a time."""

    asset_id: str
    at: datetime


class Told(NamedTuple):
    """What an asset's document said at a time."""

    asset_id: str
    at: datetime
    ready_in_s: float


class Bench:
    """A running Headrace, and two tenants of it."""

    def __init__(self, nc: Client, store: Store, http: httpx.AsyncClient, clip: bytes) -> None:
        """Drop copies of a clip, watch the log, ask the gateway."""
        self._nc = nc
        self._store = store
        self._http = http
        self._clip = clip
        self._dropped = 0

    async def drop(self, tenant: str) -> Dropped:
        """Put a file into a tenant's folder."""
        self._dropped += 1
        key = f"uploads/tenants/{tenant}/{self._dropped}.mp4"
        await self._store.put(key, self._clip, content_type="video/mp4")
        return Dropped(await id_of(self._store, key), datetime.now(UTC))

    async def flood(self, files: int) -> list[Dropped]:
        """Put many files into the bucket, several at a time."""
        at_once = asyncio.Semaphore(_SIDE_BY_SIDE)

        async def one() -> Dropped:
            async with at_once:
                return await self.drop("flood")

        return list(await asyncio.gather(*(one() for _ in range(files))))

    async def steps(self, dropped: Dropped) -> list[float]:
        """Return how long after its drop a file was ingested, probed, planned and playable, in seconds."""
        await facts_until(self._nc, dropped.asset_id, AssetPlayable, patience_s=PATIENCE_S)
        return [(await self._stated_at(kind, dropped.asset_id) - dropped.at).total_seconds() for kind in _STEPS]

    async def ready_at(self, asset_id: str) -> datetime:
        """Return when an asset became ready."""
        await facts_until(self._nc, asset_id, AssetReady, patience_s=PATIENCE_S)
        return await self._stated_at(AssetReady, asset_id)

    async def told(self, assets: Iterable[Dropped]) -> list[Told]:
        """Return what assets' documents say again and again, until the assets are ready."""
        waiting = {one.asset_id for one in assets}
        told: list[Told] = []
        while waiting:
            for asset_id in sorted(waiting):
                answer = await self._http.get(f"/v1/assets/{asset_id}", headers={"Headrace-Tenant": "flood"})
                document: dict[str, Any] = answer.json() if answer.is_success else {}
                estimate = document.get("estimate") or {}
                if estimate.get("ready_in_s") is not None:
                    told.append(Told(asset_id, datetime.now(UTC), estimate["ready_in_s"]))
                elif document.get("state") in ("ready", "failed"):
                    waiting.discard(asset_id)
            await asyncio.sleep(_ASK_EVERY_S)
        return told

    async def _stated_at(self, kind: type[Message], asset_id: str) -> datetime:
        message = await self._nc.jetstream().get_last_msg("MEDIA", kind.subject_filter(asset_id))
        assert message.time is not None
        return message.time


class Measured(NamedTuple):
    """Steps of single files without and beside a flood, how long the flood took, and errors of what it was told.

    Errors are signed parts of the time that was left.
    """

    alone: list[list[float]]
    beside: list[list[float]]
    flood_s: float
    errors: list[float]


async def measure(bench: Bench, files: int) -> Measured:
    """Drop single files, then the flood and single files beside it; wait for all of them."""
    alone = []
    for _ in range(RUNS):
        dropped = await bench.drop("other")
        alone.append(await bench.steps(dropped))
        await bench.ready_at(dropped.asset_id)
    began = datetime.now(UTC)
    flood = await bench.flood(files)
    telling = asyncio.create_task(bench.told(flood[:: max(1, files // SAMPLES)]))
    beside = [await bench.steps(await bench.drop("other")) for _ in range(RUNS)]
    ready_at = {one.asset_id: await bench.ready_at(one.asset_id) for one in flood}
    errors = []
    for told in await telling:
        left_s = (ready_at[told.asset_id] - told.at).total_seconds()
        errors.append((told.ready_in_s - left_s) / max(left_s, 1.0))
    return Measured(alone, beside, (max(ready_at.values()) - began).total_seconds(), errors)


def table_of(measured: Measured, files: int) -> Table:
    """Return what was measured beside what is promised."""
    table = Table(title=f"Fair share: one file of a tenant beside {files} of another, medians of {RUNS}")
    for column in ("figure", "value", "goal", "met"):
        table.add_column(column, justify="right" if column in ("value", "goal") else "left")
    playable = len(_STEPS) - 1
    alone_s, beside_s = _median(measured.alone, playable), _median(measured.beside, playable)
    first_s = measured.beside[0][playable]
    rows = (("alone", measured.alone), ("right behind the flood", measured.beside[:1]), ("beside it", measured.beside))
    for name, seconds in rows:
        table.add_row(f"playable, {name}", f"{_median(seconds, playable):.2f} s")
        steps = (f"{kind.kind().partition('.')[2]} {_median(seconds, at):.2f}" for at, kind in enumerate(_STEPS))
        table.add_row(f"  {' · '.join(steps)}")
    for name, seconds_s in (("right behind the flood", first_s), ("beside it", beside_s)):
        met = "yes" if seconds_s <= MOST_TIMES * alone_s else "NO"
        table.add_row(f"times as long as alone, {name}", f"{seconds_s / alone_s:.2f}", f"<= {MOST_TIMES:g}", met)
    table.add_row("the whole flood", f"{measured.flood_s:.1f} s, {files / measured.flood_s:.2f} files/s")
    if measured.errors:
        error = statistics.median(abs(one) for one in measured.errors)
        lean = statistics.median(measured.errors)
        table.add_row(
            f"error of the estimate, median of {len(measured.errors)} that were told",
            f"{error:.0%} ({lean:+.0%} signed)",
        )
    return table


def _median(runs: Sequence[Sequence[float]], step: int) -> float:
    return statistics.median(run[step] for run in runs)


async def run(folder: Path, files: int) -> Measured:
    """Measure on a stack of its own."""
    clip = make_clip(folder / "clip.mp4", width=640, height=360, frames=50, rate=Fraction(25), beeps_s=[0.5])
    environment = {"HEADRACE_GATEWAY_PORT": str(free_port(set()))}
    async with headrace(folder / "stack", environment=environment) as stack:
        settings = stack.settings
        password = settings.nats_password.get_secret_value() if settings.nats_password else None
        nc = await nats.connect(settings.nats_url, user=settings.nats_user, password=password)
        headers = bearer(stack.admin_key)
        base = f"http://{settings.gateway_host}:{settings.gateway_port}"
        async with (
            Store.connect(settings) as store,
            httpx.AsyncClient(base_url=base, headers=headers, timeout=60, trust_env=False) as http,
        ):
            await http.post("/v1/tenants", json={"tenant": "flood"})
            measured = await measure(Bench(nc, store, http, clip.read_bytes()), files)
        await nc.close()
        return measured


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.fair", description=main.__doc__)
    parser.add_argument("--quick", action="store_true", help=f"a flood of {QUICK_FILES} files")
    parser.add_argument("--files", type=int, help=f"how many files the flood has (default: {FILES})")
    chosen = parser.parse_args()
    files = chosen.files or (QUICK_FILES if chosen.quick else FILES)
    with tempfile.TemporaryDirectory() as folder:
        measured = asyncio.run(run(Path(folder), files))
    Console(width=110).print(table_of(measured, files))


if __name__ == "__main__":
    main()
