"""When to strike a service, so that the blow falls while it has an asset in hand."""

from contracts.v1 import (
    AnyFact,
    AssetIngested,
    AssetPackaged,
    AssetPlanned,
    AssetPlayable,
    AssetProbed,
    AssetReady,
    ChunkEncoded,
)

MOMENTS: dict[str, type[AnyFact] | None] = {
    "feed": None,
    "reconcile": None,
    "ingest": None,
    "fetch": None,
    "probe": AssetIngested,
    "plan": AssetProbed,
    "dispatch": AssetPlanned,
    "ladder_encode": AssetPlanned,
    "thumbnail": AssetPlanned,
    "package": ChunkEncoded,
    "catalog": AssetPlayable,
    "gateway": AssetPlayable,
    "finalize": AssetPackaged,
    "measure": AssetReady,
    "notify": AssetPlayable,
    "operate": AssetPlayable,
    "remux": None,
    "transcribe": AssetPlayable,
    "withdraw": ChunkEncoded,
}
"""By service: what must have happened to an asset before."""
