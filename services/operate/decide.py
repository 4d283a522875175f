"""Which durables an operator means, and what a retry states: pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from contracts.steps import RetryStep
from contracts.v1 import (
    AssetIngested,
    AssetPlanned,
    AssetProbed,
    AssetPurged,
    AssetReady,
    AssetRetried,
    Fact,
    VersionChosen,
)
from contracts.v1.operate import HaltAsked, Moment
from services.operate.refusals import Refused

Bound = tuple[str, str, str]
"""A stream, one of its durables, and the service that reads it."""

_LANE = 3
"""Which token of a task's subject is its lane."""


def meant(asked: HaltAsked, durables: Mapping[Bound, tuple[str, ...]]) -> list[Bound]:
    """Return which of the durables, given with their filters, a request names.

    Raises: Refused: ``nothing_meant``.
    """
    found = [bound for bound, filters in durables.items() if _is_meant(asked, bound, filters)]
    if not found:
        told = ", ".join(name for _, name, _ in durables)
        raise Refused(404, "nothing_meant", f"No durable has this name, service or lane; there are {told}.")
    return found


def _is_meant(asked: HaltAsked, bound: Bound, filters: tuple[str, ...]) -> bool:
    _, name, service = bound
    if asked.lane is not None:
        lanes = (tokens[_LANE] for subject in filters if (tokens := subject.split("."))[0] == "task")
        return asked.lane in lanes
    return asked.durable == name or asked.service == service


def moment(sequence: int, at: datetime, fact: Fact, service: str) -> Moment:
    """Return a fact as it stands in an asset's history."""
    return Moment(
        sequence=sequence,
        at=at,
        fact=fact.kind(),
        part=".".join(fact.parts),
        service=service,
        code=getattr(fact, "code", None),
        message=getattr(fact, "message", None),
    )


def retried(facts: Iterable[Fact], asset_id: str, edit: str, step: RetryStep) -> AssetRetried:
    """Return the fact that an asset's work is to be done again, after what its facts say.

    Raises: Refused: ``asset_missing``, ``step_not_reached``.
    """
    known: dict[type[Fact], Fact] = {}
    attempt, played = 0, ""
    for fact in facts:
        known[type(fact)] = fact
        if isinstance(fact, AssetIngested | AssetRetried | AssetPurged):
            attempt = max(attempt, fact.attempt)
        elif isinstance(fact, AssetReady | VersionChosen):
            played = fact.recipe
    ingested = known.get(AssetIngested)
    if ingested is None:
        raise Refused(404, "asset_missing", "There is no such asset, or its file has not arrived yet.")
    reached = {"probe": True, "encode": AssetProbed in known}.get(step, AssetPlanned in known)
    if not reached:
        raise Refused(409, "step_not_reached", f"The asset never came to the step `{step}`; retry from `probe`.")
    return AssetRetried(
        asset_id=asset_id,
        tenant=ingested.tenant,
        edit=edit,
        step=step,
        attempt=attempt + 1,
        # Pictures and playlists are made again for what is played, or else for what was planned last.
        recipe=played if step in ("thumbnail", "package") else "",
    )
