"""``asset.ingested`` → ``asset.probed``."""

from contracts.v1 import AssetIngested, AssetProbed
from services.probe.decide import probed, refuse_empty
from services.probe.media import read_probe
from services.runtime.inject import MediaDep, StoreDep

DEADLINE_S = 8.0


async def probe_asset(event: AssetIngested, store: StoreDep, media: MediaDep) -> AssetProbed:
    """Measure an original and state what it contains."""
    refuse_empty(event)
    url = await store.presigned_get(event.original.key)
    # Everything about an asset waits for this.
    probe = await media.run(read_probe, url, event.original.size_bytes, deadline_s=DEADLINE_S, niceness=0)
    return probed(event, probe)
