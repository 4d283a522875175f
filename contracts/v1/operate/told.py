"""What operators are told of assets and dead letters, and why something was not done.

Each answer says its kind and version in ``type``; a refusal is a ``headrace.refusal.v1``.
"""

from datetime import datetime
from typing import Any

from contracts.base import Value
from contracts.steps import RetryStep
from contracts.v1.dead import Reason


class LetterLine(Value, frozen=True, kw_only=True):
    """A dead letter in a line; ``id`` is its place in the stream DEAD, ``tries`` how often it was delivered."""

    id: int
    at: datetime
    reason: Reason
    service: str
    durable: str
    code: str
    message: str
    subject: str
    tries: int
    asset_id: str | None
    correlation_id: str


class LetterPage(Value, frozen=True, kw_only=True, tag_field="type", tag="headrace.letters.v1"):
    """Dead letters, oldest first; ``next_after`` leads to more, None when there were no more."""

    letters: list[LetterLine]
    next_after: int | None


class Letter(LetterLine, frozen=True, kw_only=True, tag_field="type", tag="headrace.letter.v1"):
    """A dead letter, whole: ``document`` is the message where it is a JSON object, ``payload`` its bytes elsewhere."""

    stream: str
    sequence: int
    headers: dict[str, str]
    document: dict[str, Any] | None
    payload: bytes | None


class LetterRefused(Value, frozen=True, kw_only=True):
    """A dead letter that stays, and why."""

    id: int
    code: str
    message: str


class LettersSettled(Value, frozen=True, kw_only=True, tag_field="type", tag="headrace.settled.v1"):
    """What became of the letters that were chosen: ``done`` are gone from DEAD, ``next_after`` leads to more."""

    done: list[int]
    refused: list[LetterRefused]
    next_after: int | None


class Moment(Value, frozen=True, kw_only=True):
    """A fact of an asset: its place in the log, what it says, who said so; ``code`` and ``message`` of failures."""

    sequence: int
    at: datetime
    fact: str
    part: str
    service: str
    code: str | None = None
    message: str | None = None


class AssetTold(Value, frozen=True, kw_only=True, tag_field="type", tag="headrace.asset.v1"):
    """An asset's state, its facts and its dead letters.

    ``state`` is what the catalog says, None while its database is away; ``is_deleted`` stands beside it. Of more facts
    than ``facts`` are, the last ones are told.
    """

    asset_id: str
    tenant: str
    state: str | None
    is_deleted: bool
    facts: list[Moment]
    letters: list[LetterLine]


class RetryTold(Value, frozen=True, kw_only=True, tag_field="type", tag="headrace.retried.v1"):
    """An asset's work was asked for once more; ``sequence`` is the place of ``asset.retried`` in the log."""

    asset_id: str
    step: RetryStep
    attempt: int
    sequence: int


class Refusal(Value, frozen=True, kw_only=True, tag_field="type", tag="headrace.refusal.v1"):
    """Why something was not done; ``code`` is stable, ``message`` says what a person can do, ``status`` is HTTP's."""

    code: str
    message: str
    status: int
