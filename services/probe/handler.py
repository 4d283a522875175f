"""``asset.ingested``, or ``asset.retried`` from this step on → ``asset.probed``."""

from msgspec.structs import replace

from contracts.v1 import AssetIngested, AssetProbed, AssetRetried
from services.probe.decide import probed, refuse_empty
from services.probe.media import read_probe
from services.runtime.inject import LogDep, MediaDep, StoreDep
from services.runtime.log import FactLog

DEADLINE_S = 8.0


async def probe_asset(
    event: AssetIngested | AssetRetried, store: StoreDep, media: MediaDep, log: LogDep
) -> AssetProbed | None:
    """Measure an original and state what it contains."""
    asset = await _ingested(event, log)
    if asset is None:
        return None
    refuse_empty(asset)
    url = await store.presigned_get(asset.original.key)
    # Everything about an asset waits for this.
    probe = await media.run(read_probe, url, asset.original.size_bytes, deadline_s=DEADLINE_S, niceness=0)
    return probed(asset, probe)


async def _ingested(event: AssetIngested | AssetRetried, log: FactLog) -> AssetIngested | None:
    if isinstance(event, AssetIngested):
        return event
    known = await log.facts(event.asset_id, AssetIngested) if event.step == "probe" else []
    if not known:
        return None
    return replace(known[-1], attempt=event.attempt, profile=event.profile or known[-1].profile)
