"""What ``dispatch`` tells of work that waits: asked on ``estimate.v1.<tenant>.<asset_id>``, answered at once."""

import msgspec


class LanePosition(msgspec.Struct, frozen=True, kw_only=True):
    """An asset's place in one lane; ``position`` 1 is next, ``waiting`` counts its own tasks there."""

    lane: str
    position: int
    waiting: int


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """Where an asset's work waits, and in how long it will be ready; None where that cannot be told yet."""

    lanes: list[LanePosition] = []
    ready_in_s: float | None = None


def estimate_subject(tenant: str = "*", asset_id: str = "*") -> str:
    """Return where an asset's estimate is asked for, or the subject on which all are."""
    return f"estimate.v1.{tenant}.{asset_id}"
