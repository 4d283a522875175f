"""Plays one fault: undisturbed batches first, then a batch for each injection, then the invariants."""

import asyncio
import shutil
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import httpx
import msgspec

from contracts.codec import encode
from services.runtime.errors import HeadraceError
from tests.chaos.clips import make_clips
from tests.chaos.fault import Fault
from tests.chaos.invariants import Undisturbed, fingerprint, violations
from tests.chaos.load import Upload
from tests.chaos.volume import volume
from tests.chaos.world import HOME, World, world

PATIENCE_S = 120.0
QUIET_BATCHES = 3


class Row(msgspec.Struct):
    """What became of one fault; ``recoveries_s`` has one entry for each injection after which all was resolved."""

    title: str
    injections: int = 0
    uploads: int = 0
    recoveries_s: list[float] = []
    broken: dict[str, list[str]] = {}

    @property
    def holds(self) -> bool:
        """Tell whether every invariant holds."""
        return not any(self.broken.values())


class Stage:
    """A world, and what is known of it undisturbed; faults are played on it one after the other."""

    def __init__(self, own: World, seed: int) -> None:
        """Use a world; ``seed`` decides every choice."""
        self.world = own
        self.undisturbed: Undisturbed = {}
        self._seed = seed
        self._usual_s = 0.0

    async def rehearse(self) -> None:
        """Learn what an undisturbed run makes of every clip, and how long it takes for a batch."""
        good = [clip for clip in self.world.load.clips.values() if clip.code is None]
        for clip in good:
            upload = await self.world.load.drop(clip)
            assert await self._resolved([upload]), f"{clip.name} is not resolved without any fault"
            self.undisturbed[clip.name] = await fingerprint(self.world.store, upload.asset_id)
        needed = []
        for number in range(QUIET_BATCHES):
            began = time.time()
            batch = await self.world.load.batch(self._rng("quiet", number))
            needed.append(await self._resolved(batch) - began)
        self._usual_s = statistics.median(needed)

    async def play(self, fault: Fault, injections: int) -> Row:
        """Inject a fault some times, and see what holds afterwards."""
        row = Row(fault.title)
        before = len(self.world.load.acked)
        seen: list[str] = []
        for number in range(injections):
            row.injections += 1
            try:
                row.recoveries_s.append(await self._inject(fault, number))
            except (AssertionError, TimeoutError, HeadraceError, httpx.HTTPError) as error:
                seen.append(f"injection {number + 1}: {type(error).__name__} {error}")
        row.broken = {**await violations(self.world, self.undisturbed, webhooks=fault.webhooks), "own": seen}
        row.uploads = len(self.world.load.acked) - before
        return row

    async def keep_evidence(self, folder: Path, row: Row) -> None:
        """Write what is broken and the whole log beside a copy of the logs of the services."""
        facts = [
            f"{one.sequence} {one.at:.3f} {one.message.subject} {encode(one.fact).decode()}\n"
            for one in await self.world.log.whole()
        ]
        (folder / "log.txt").write_text("".join(facts))
        (folder / "broken.json").write_bytes(msgspec.json.encode(row.broken))
        shutil.copytree(folder / HOME / "logs", folder / "logs")

    async def _inject(self, fault: Fault, number: int) -> float:
        rng = self._rng(fault.slug, number)
        uploading = asyncio.create_task(self.world.load.batch(rng))
        try:
            healed = await fault.strike(self.world, rng, number)
        finally:
            batch = await uploading
        return max(0.0, await self._resolved(batch) - healed - self._usual_s)

    async def _resolved(self, batch: list[Upload]) -> float:
        """Return when the last of some uploads was resolved, in seconds since 1970."""
        log = self.world.log

        def end() -> float | None:
            ends = [log.end_of(upload.asset_id) for upload in batch]
            return max(end.at for end in ends if end) if all(ends) else None

        return await log.until(end, PATIENCE_S)

    def _rng(self, *of: object) -> Random:
        return Random(f"{self._seed}:{':'.join(map(str, of))}")


@asynccontextmanager
async def stage(home: Path, seed: int, *faults: Fault) -> AsyncIterator[Stage]:
    """Offer a stage as some faults need it, below a folder."""
    replicas = sorted({name for fault in faults for name in fault.replicas})
    rng = Random(f"{seed}:proxy")
    with volume(home / HOME, max(fault.room_bytes for fault in faults)):
        async with world(home, make_clips(home), rng, replicas=replicas) as own:
            made = Stage(own, seed)
            await made.rehearse()
            yield made
