"""A dead letter as it is told, as it is chosen, and as its message goes back: pure."""

from datetime import datetime
from typing import Any

import msgspec

from contracts import again
from contracts.v1 import DeadLetter
from contracts.v1.operate import Letter, LetterLine, LettersMeant
from services.runtime import trace

# Headers that are about one delivery: the server's own, how long a chain took until it broke, and who asked again.
_OF_ONE_DELIVERY = ("Nats-", trace.ORIGIN, trace.MEDIA_S, trace.TOOK_S, trace.WORKER, trace.RECOVERED, again.SEQUENCE)


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
            trace.SERVICE: "operate",
            trace.CAUSE: f"DEAD:{place}",
        }
    )


def _object_in(payload: bytes) -> dict[str, Any] | None:
    try:
        return msgspec.json.decode(payload, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
