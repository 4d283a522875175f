"""What listeners outside are told of facts and alerts: one small, stable document for each, tenant by tenant.

A document says what happened to which asset; keys, plans and indexes stay inside. More of an asset tells its query.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from operator import attrgetter
from typing import Any

import msgspec
from nats.aio.msg import Msg

from contracts.codec import decode, decode_alert
from contracts.v1 import Alert, AnyFact, Fact
from services.runtime import trace

FACTS = "media.v1.>"
ALERTS = "alert.v1.>"
SUBJECTS = (FACTS, ALERTS)

FILTER_PATTERN = r"^(\*|[a-z_]+\.(\*|[a-z_]+))$(?!\n)"
"""What a filter looks like: ``asset.ready``, ``asset.*``, or ``*`` for everything."""

# The last word of each path is the name under which it is told.
_TOLD: dict[str, tuple[str, ...]] = {
    "asset.awaited": ("name", "size_bytes"),
    "asset.ingested": ("name", "original.size_bytes"),
    "asset.probed": ("probe.container", "probe.duration_s"),
    "asset.planned": ("planned_parts", "warnings"),
    "chunk.encoded": ("part", "chunk"),
    "asset.packaged": ("duration_s",),
    "asset.ready": ("duration_s",),
    "asset.failed": ("code", "message", "service"),
    "asset.described": ("title", "category", "tags"),
    "asset.deleted": ("purge_at",),
    "asset.purged": ("objects",),
    "asset.retried": ("step", "attempt"),
    "poster.chosen": ("at_s",),
    "poster.made": ("poster_width", "poster_height"),
    "download.made": ("rung", "size_bytes"),
    "poster.refused": ("code", "message"),
    "download.failed": ("code", "message"),
    "copy.refused": ("code",),
    "captions.asked": ("track", "version", "language"),
    "captions.made": ("track", "version", "language", "source", "cues", "code", "message"),
    "captions.removed": ("track", "version"),
    "captions.refused": ("track", "version", "code", "message"),
    "version.chosen": ("recipe",),
    "version.retired": ("recipe",),
    "version.removed": ("recipe", "objects"),
    "alert": ("about", "code", "message"),
}


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened, as it is told; ``sequence`` is its place in the log, ``at`` when the log took it.

    ``asset_id`` is None in alerts that are about no asset. ``data`` depends on ``type``; fields may be added.
    ``service`` said so, in the process ``worker``, after media work of ``took_s``; None where that was not noted.
    """

    sequence: int
    type: str
    at: datetime
    asset_id: str | None
    data: dict[str, Any]
    service: str | None = None
    worker: str | None = None
    took_s: float | None = None


class Happening(msgspec.Struct, frozen=True):
    """An event, whose it is, and its document as JSON, written once for all who listen."""

    sequence: int
    tenant: str
    type: str
    asset_id: str | None
    document: bytes


def happening(message: Msg) -> Happening | None:
    """Return what a message of the log tells, or None where it does not decode."""
    try:
        told = decode_alert(message.data) if message.subject.startswith("alert.") else decode(message.data)
    except msgspec.DecodeError:
        return None
    if not isinstance(told, Fact | Alert):
        return None
    metadata = message.metadata
    return happened(told, metadata.sequence.stream, metadata.timestamp, message.headers)


def happened(told: AnyFact | Alert, sequence: int, at: datetime, headers: Mapping[str, str] | None = None) -> Happening:
    """Return what a fact or an alert tells that the log took at a time."""
    kind, told_as = ("alert", f"alert.{told.kind}") if isinstance(told, Alert) else (told.kind(), told.kind())
    paths = _TOLD.get(kind, ())
    data = {path.rpartition(".")[2]: attrgetter(path)(told) for path in paths}
    noted = headers or {}
    took_s = noted.get(trace.TOOK_S)
    event = Event(
        sequence=sequence,
        type=told_as,
        at=at,
        asset_id=told.asset_id,
        data=data,
        service=noted.get(trace.SERVICE),
        worker=noted.get(trace.WORKER),
        took_s=None if took_s is None else float(took_s),
    )
    return Happening(sequence, told.tenant, told_as, told.asset_id, msgspec.json.encode(event))


def is_wanted(kind: str, filters: Collection[str]) -> bool:
    """Tell whether a type of event passes one of some filters."""
    return not {kind, f"{kind.partition('.')[0]}.*", "*"}.isdisjoint(filters)
