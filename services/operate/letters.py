"""Dead letters: found, shown, replayed and dropped.

A replay publishes the letter's message again and, when the stream has it, deletes the letter. A task waits for its turn
once more, under an id of its own, for the old one would make it a duplicate. A fact is not stated again: that would
have everybody do what only one could not, be told to webhooks a second time, and change the order of what was. It goes,
on a subject of its own, to the one durable that failed. Whoever handles it does so as if for the first time; that a
thing is done twice shows nowhere. An asset that had failed is ready when the work that was missing is done.
"""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import NamedTuple

import msgspec
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.errors import APIError, NotFoundError

from contracts.codec import decode_dead_letter
from contracts.v1 import DeadLetter
from contracts.v1.operate import (
    MOST_LETTERS,
    Letter,
    LetterAsked,
    LetterPage,
    LetterRefused,
    LettersAsked,
    LettersChosen,
    LettersMeant,
    LettersSettled,
)
from services.operate.letter import is_chosen, letter_line, replay_headers, whole_letter
from services.operate.refusals import Refused
from services.operate.topology import way_back
from services.runtime import follow
from services.runtime.publish import ACK_TIMEOUT_S

_DEAD = "DEAD"
_BATCH = 200
_NO_MESSAGE = 10037

_log = logging.getLogger("headrace.operate")


class Placed(NamedTuple):
    """A letter, its place in DEAD, and when it came there."""

    place: int
    at: datetime
    letter: DeadLetter


async def listed(js: JetStreamContext, asked: LettersAsked) -> LetterPage:
    """Return a page of letters, oldest first."""
    found, next_after = await _page(js, asked, asked.after, asked.limit)
    return LetterPage(letters=[letter_line(*one) for one in found], next_after=next_after)


async def shown(js: JetStreamContext, asked: LetterAsked) -> Letter:
    """Return a letter, whole.

    Raises: Refused: ``letter_missing``.
    """
    return whole_letter(*await _found(js, asked.id))


async def replay(js: JetStreamContext, asked: LettersChosen) -> LettersSettled:
    """Have the messages of letters handled again, by whom they were to be handled."""
    return await _settled(js, asked, _send_back)


async def drop(js: JetStreamContext, asked: LettersChosen) -> LettersSettled:
    """Throw letters away; what they are about stays as it is."""
    return await _settled(js, asked, _leave)


async def _settled(
    js: JetStreamContext, asked: LettersChosen, settle: Callable[[JetStreamContext, Placed], Awaitable[None]]
) -> LettersSettled:
    places, next_after = asked.ids, None
    if not places:
        found, next_after = await _page(js, asked, asked.after, MOST_LETTERS)
        places = [one.place for one in found]
    done, refused = [], []
    for place in places:
        try:
            await settle(js, await _found(js, place))
        except Refused as error:
            refused.append(LetterRefused(id=place, code=error.code, message=error.message))
        else:
            await _delete(js, place)
            done.append(place)
    return LettersSettled(done=done, refused=refused, next_after=next_after)


async def _send_back(js: JetStreamContext, one: Placed) -> None:
    letter = one.letter
    subject = way_back(letter)
    await js.publish(subject, letter.payload, timeout=ACK_TIMEOUT_S, headers=replay_headers(one.place, letter))
    _log.info("letter %d goes to %s again: %s, %s", one.place, letter.service, letter.code, letter.source_subject)


async def _leave(_: JetStreamContext, one: Placed) -> None:
    _log.info("letter %d is dropped: %s, %s", one.place, one.letter.code, one.letter.source_subject)


async def _delete(js: JetStreamContext, place: int) -> None:
    try:
        await js.delete_msg(_DEAD, place)
    except APIError as error:
        # Another one, asked for the same, may have been faster.
        if error.err_code != _NO_MESSAGE:
            raise


async def _found(js: JetStreamContext, place: int) -> Placed:
    try:
        message = await js.get_msg(_DEAD, place)
        letter = decode_dead_letter(message.data or b"")
    except (NotFoundError, msgspec.DecodeError) as error:
        told = "There is no such letter; it was replayed or dropped, or is too old."
        raise Refused(404, "letter_missing", told) from error
    assert message.time is not None
    return Placed(place, message.time, letter)


async def _page(js: JetStreamContext, wanted: LettersMeant, after: int, limit: int) -> tuple[list[Placed], int | None]:
    """Return the first letters after one that are meant, and after which there may be more."""
    subject = f"dead.v1.{wanted.reason or '*'}.{wanted.service or '*'}"
    found: list[Placed] = []
    while messages := await follow.page(js, _DEAD, (subject,), after, _BATCH):
        for message in messages:
            after = follow.sequence_of(message)
            one = _placed(message)
            if one is not None and is_chosen(one.letter, wanted):
                found.append(one)
                if len(found) == limit:
                    return found, after
        if len(messages) < _BATCH:
            break
    return found, None


def _placed(message: Msg) -> Placed | None:
    try:
        letter = decode_dead_letter(message.data)
    except msgspec.DecodeError:
        return None
    return Placed(follow.sequence_of(message), message.metadata.timestamp, letter)
