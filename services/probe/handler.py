"""``asset.ingested``, or ``asset.retried`` from this step on → task ``probe.original`` → ``asset.probed``.

Between the two lies the queue: who brings many files at once does not keep others waiting for the look at theirs.
"""

from msgspec.structs import replace

from contracts.v1 import AssetIngested, AssetProbed, AssetRetried, ProbeOriginal
from services.probe.decide import probe_task, probed, refuse_empty
from services.probe.media import read_probe
from services.runtime.inject import LogDep, MediaDep, StoreDep
from services.runtime.log import FactLog

DEADLINE_S = 8.0


async def ask_for_probe(event: AssetIngested | AssetRetried, log: LogDep) -> ProbeOriginal | None:
    """Hand out the look at an original."""
    asset = await _ingested(event, log)
    return None if asset is None else probe_task(asset)


async def probe_original(task: ProbeOriginal, store: StoreDep, media: MediaDep) -> AssetProbed:
    """Measure an original and state what it contains."""
    refuse_empty(task)
    url = await store.presigned_get(task.original.key)
    # Everything about an asset waits for this.
    probe = await media.run(read_probe, url, task.original.size_bytes, deadline_s=DEADLINE_S, niceness=0)
    return probed(task, probe)


async def _ingested(event: AssetIngested | AssetRetried, log: FactLog) -> AssetIngested | None:
    if isinstance(event, AssetIngested):
        return event
    known = await log.facts(event.asset_id, AssetIngested) if event.step == "probe" else []
    if not known:
        return None
    return replace(known[-1], attempt=event.attempt, profile=event.profile or known[-1].profile)
