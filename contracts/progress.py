"""How far long work has come: said on ``progress.v1.<tenant>.<asset_id>`` as it goes on, and kept nowhere."""

import msgspec


class Progressed(msgspec.Struct, frozen=True, kw_only=True):
    """Of ``duration_s`` seconds of an asset, ``done_s`` are done for its text track ``track``."""

    asset_id: str
    track: str
    done_s: float
    duration_s: float


def progress_subject(tenant: str = "*", asset_id: str = "*") -> str:
    """Return where an asset's progress is told, or the subject on which all is."""
    return f"progress.v1.{tenant}.{asset_id}"
