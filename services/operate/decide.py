"""Which durables an operator means, how a letter goes back, what a retry states: pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from contracts.steps import RetryStep
from contracts.v1 import (
    AssetIngested,
    AssetPlanned,
    AssetProbed,
    AssetPurged,
    AssetReady,
    AssetRetried,
    DeadLetter,
    Fact,
    VersionChosen,
)
from contracts.v1.operate import HaltAsked, Letter, LetterLine, LettersMeant, Moment
from services.operate.refusals import Refused
from services.runtime import trace

Bound = tuple[str, str, str]
"""A stream, one of its durables, and the service that reads it."""

_LANE = 3
"""Which token of a task's subject is its lane."""

# Headers that are about one delivery: of the server's own, and of how long a chain took until it broke.
_OF_ONE_DELIVERY = ("Nats-", trace.ORIGIN, trace.MEDIA_S, trace.RECOVERED)


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


def letter_line(place: int, at: datetime, letter: DeadLetter) -> LetterLine:
    """Return a dead letter in a line; ``place`` is its sequence in DEAD."""
    return LetterLine(**_line(place, at, letter))


def whole_letter(place: int, at: datetime, letter: DeadLetter) -> Letter:
    """Return a dead letter with its message, as JSON where it is an object."""
    document = _object_in(letter.payload)
    return Letter(
        **_line(place, at, letter),
        stream=letter.stream,
        sequence=letter.sequence,
        headers=letter.headers,
        document=document,
        payload=letter.payload if document is None else None,
    )


def _line(place: int, at: datetime, letter: DeadLetter) -> dict[str, Any]:
    same = {name: getattr(letter, name) for name in ("reason", "service", "durable", "code", "message", "asset_id")}
    return same | {
        "id": place,
        "at": at,
        "subject": letter.source_subject,
        "tries": letter.deliveries,
        "correlation_id": letter.correlation_id,
    }


def is_chosen(letter: DeadLetter, wanted: LettersMeant) -> bool:
    """Tell whether all holds for a letter that is asked for."""
    names = ("reason", "service", "code", "asset_id")
    return all(getattr(wanted, name) in (None, getattr(letter, name)) for name in names)


def replay_headers(place: int, letter: DeadLetter) -> dict[str, str]:
    """Return the headers under which a letter's message goes back: of the same chain, and as a message of its own.

    Its id follows from the letter, so that a letter that is replayed twice is one message.
    """
    kept = {name: value for name, value in letter.headers.items() if not name.startswith(_OF_ONE_DELIVERY)}
    chain = {trace.CORRELATION: letter.correlation_id} if letter.correlation_id else {}
    return (
        kept
        | chain
        | {
            "Nats-Msg-Id": f"replay:{letter.message_id}",
            "Nats-Expected-Stream": letter.stream,
            trace.SERVICE: "operate",
            trace.CAUSE: f"DEAD:{place}",
        }
    )


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


def _object_in(payload: bytes) -> dict[str, Any] | None:
    try:
        return msgspec.json.decode(payload, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
