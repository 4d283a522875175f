"""The pipeline under the clock: from the moment an original lies in the bucket to the facts that follow from it."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import nats
from nats.aio.client import Client

from contracts.keys import segment_key
from contracts.v1 import AnyFact, AssetPlanned, AssetPlayable, AssetReady
from infra.local.ports import free_port
from infra.local.stack import Stack
from infra.local.up import headrace
from services.runtime.multipart import part_bytes_of
from services.runtime.store import Store
from tests.bench.encode_commandline import Spent
from tests.watch import facts_until, id_of

PATIENCE_S = 1800.0
LARGEST_PUT_BYTES = 100 << 20

_CONTENT_TYPE = "application/octet-stream"
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


class Killed(NamedTuple):
    """How long it took with a worker killed in a chunk, and how many of its segments had to be made again."""

    wall_s: float
    chunk: int
    segments: int


class Pipeline:
    """A running Headrace."""

    def __init__(self, nc: Client, store: Store, stack: Stack) -> None:
        """Watch the log and write to the bucket."""
        self._stack = stack
        self._nc = nc
        self._store = store
        self._dropped = 0

    async def drop(self, original: Path) -> tuple[str, datetime]:
        """Put an original into the bucket as clients do, large ones in parts; return its id and when it lay there."""
        self._dropped += 1
        key = f"uploads/{self._dropped}{original.suffix}"
        if original.stat().st_size <= LARGEST_PUT_BYTES:
            await self._store.put(key, original.read_bytes(), content_type=_CONTENT_TYPE)
        else:
            await self._put_in_parts(key, original)
        put_at = datetime.now(UTC)
        return await id_of(self._store, key), put_at

    async def _put_in_parts(self, key: str, original: Path) -> None:
        parts = self._store.multipart
        upload_id = await parts.begin(key, content_type=_CONTENT_TYPE, metadata={})
        part_bytes = part_bytes_of(original.stat().st_size)
        with original.open("rb") as file:
            for number, body in enumerate(iter(lambda: file.read(part_bytes), b""), 1):
                await parts.put_part(key, upload_id, number, body)
        await parts.complete(key, upload_id, await parts.parts(key, upload_id))

    async def plan_of(self, asset_id: str) -> AssetPlanned:
        """Return an asset's plan."""
        plan = (await facts_until(self._nc, asset_id, AssetPlanned, patience_s=PATIENCE_S))[-1]
        assert isinstance(plan, AssetPlanned)
        return plan

    async def kill_encoder_in(self, asset_id: str, chunk: int) -> int:
        """Kill the encoder once segments of a chunk are in the store; return how many segments it must make again."""
        plan = await self.plan_of(asset_id)
        own = plan.chunks[chunk]
        numbers = range(plan.grid.segment_at(own.first_frame), plan.grid.segment_at(own.end_frame - 1) + 1)
        keys = [
            segment_key(asset_id, plan.recipe, f"video/{rung.name}", number)
            for rung in plan.encoded_rungs
            for number in numbers
        ]
        async with asyncio.timeout(PATIENCE_S):
            while not (made := sum([await self._store.head(key) is not None for key in keys])):
                await asyncio.sleep(0.05)
        os.kill(self._stack.running.pids["ladder_encode"], signal.SIGKILL)
        return made

    async def time_to(self, kind: type[AnyFact], asset_id: str, put_at: datetime) -> float:
        """Wait for a fact of an asset; return the seconds from the drop until it was on the log."""
        await facts_until(self._nc, asset_id, kind, patience_s=PATIENCE_S)
        subject = f"media.v1.{kind.kind()}.{asset_id}.>"
        js = self._nc.jetstream()
        (found,) = (await js.stream_info("MEDIA", subjects_filter=subject)).state.subjects or {}
        message = await js.get_last_msg("MEDIA", found)
        assert message.time is not None
        return (message.time - put_at).total_seconds()


@asynccontextmanager
async def pipeline(folder: Path, **settings_given: str) -> AsyncIterator[Pipeline]:
    """Run Headrace in a folder of its own, with settings of its own."""
    environment = {"HEADRACE_GATEWAY_PORT": str(free_port(set()))} | settings_given
    async with headrace(folder, environment=environment) as stack:
        settings = stack.settings
        password = settings.nats_password.get_secret_value() if settings.nats_password else None
        nc = await nats.connect(settings.nats_url, user=settings.nats_user, password=password)
        async with Store.connect(settings) as store:
            yield Pipeline(nc, store, stack)
        await nc.close()


async def drop_to_ready(running: Pipeline, original: Path) -> tuple[Spent, AssetPlanned]:
    """Take an original from drop to ready, thumbnails and all; CPU counts services, media and servers."""
    cpu_s = _descendants_cpu_s()
    asset_id, put_at = await running.drop(original)
    wall_s = await running.time_to(AssetReady, asset_id, put_at)
    return Spent(wall_s, _descendants_cpu_s() - cpu_s), await running.plan_of(asset_id)


async def drop_to_playable(running: Pipeline, original: Path) -> tuple[float, AssetPlanned]:
    """Return the seconds from drop to playable, and the plan; the rest of the work goes on."""
    asset_id, put_at = await running.drop(original)
    return await running.time_to(AssetPlayable, asset_id, put_at), await running.plan_of(asset_id)


async def killed_on_the_way(running: Pipeline, original: Path) -> Killed:
    """Take an original from drop to ready; kill the encoder once it has made a segment of the second chunk."""
    asset_id, put_at = await running.drop(original)
    segments = await running.kill_encoder_in(asset_id, chunk := 1)
    wall_s = await running.time_to(AssetReady, asset_id, put_at)
    return Killed(wall_s, chunk, segments)


def _descendants_cpu_s() -> float:
    """Return the CPU time of the processes below this one, and of those below them that have ended."""
    parents: dict[int, int] = {}
    cpu_ticks: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        pid = int(stat.parent.name)
        parents[pid] = int(fields[1])
        cpu_ticks[pid] = sum(int(ticks) for ticks in fields[11:15])
    ours, grown = {os.getpid()}, True
    while grown:
        more = {pid for pid, parent in parents.items() if parent in ours} - ours
        ours |= more
        grown = bool(more)
    return sum(cpu_ticks[pid] for pid in ours if pid != os.getpid()) * _TICK_S
