"""What operators ask of version 1, on the subjects ``headrace.…``, and what they are answered.

An empty request is one with nothing but defaults. Unknown fields are refused: a filter with a slip would mean more than
was meant. Each answer says its kind and version in ``type``; a refusal is a ``headrace.refusal.v1``.
"""

from datetime import datetime
from typing import Annotated, Any

import msgspec

from contracts.base import Value
from contracts.lateness import Lateness
from contracts.steps import RetryStep
from contracts.v1.dead import Reason

Name = Annotated[str, msgspec.Meta(pattern="^[a-z0-9_]{1,64}$")]
AssetId = Annotated[str, msgspec.Meta(pattern="^[a-z0-9]{1,64}$", examples=["mzxw6ytboi2dgnbvgy3tqojqge"])]
LetterId = Annotated[int, msgspec.Meta(ge=1, le=2**62, examples=[7])]

CONSOLE = "headrace"
"""The name under which the console answers pings, and the first token of its subjects."""

MOST_LETTERS = 100


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Be what an operator asks."""


class StatusAsked(Asked, frozen=True, kw_only=True):
    """Ask how everything is: ``headrace.status``."""


class AssetAsked(Asked, frozen=True, kw_only=True):
    """Ask what became of an asset: ``headrace.asset``."""

    asset_id: AssetId


class RetryAsked(Asked, frozen=True, kw_only=True):
    """Ask for an asset's work once more, from a step on: ``headrace.retry``."""

    asset_id: AssetId
    step: RetryStep = "probe"


class HaltAsked(Asked, frozen=True, kw_only=True):
    """Name one durable, all durables of one service, or those of one lane of tasks."""

    durable: Annotated[Name | None, msgspec.Meta(examples=["thumbnail"])] = None
    service: Annotated[Name | None, msgspec.Meta(examples=["ladder_encode"])] = None
    lane: Annotated[Name | None, msgspec.Meta(examples=["bulk"])] = None

    def __post_init__(self) -> None:
        """Refuse what names none, or several."""
        if [self.durable, self.service, self.lane].count(None) != 2:  # noqa: PLR2004 (one of three)
            raise ValueError("Name one of `durable`, `service` and `lane`.")


class PauseAsked(HaltAsked, frozen=True, kw_only=True):
    """Have no more messages delivered: ``headrace.pause``; for ``for_s`` seconds, or else until they are resumed."""

    for_s: Annotated[float, msgspec.Meta(gt=0, le=3e9)] | None = None


class ResumeAsked(HaltAsked, frozen=True, kw_only=True):
    """Have messages delivered again: ``headrace.resume``."""


class DrainAsked(Asked, frozen=True, kw_only=True):
    """Have a service's processes finish what they have and take nothing new: ``headrace.drain``."""

    service: Annotated[Name, msgspec.Meta(examples=["ladder_encode"])]


class LettersMeant(Asked, frozen=True, kw_only=True):
    """Say which dead letters are meant: those for which all that is given holds."""

    reason: Reason | None = None
    service: Name | None = None
    code: Name | None = None
    asset_id: AssetId | None = None


class LettersAsked(LettersMeant, frozen=True, kw_only=True):
    """Ask which dead letters there are, oldest first, after one of them: ``headrace.dead.ls``."""

    after: Annotated[int, msgspec.Meta(ge=0, le=2**62)] = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=MOST_LETTERS)] = 50


class LetterAsked(Asked, frozen=True, kw_only=True):
    """Ask for one dead letter, whole: ``headrace.dead.show``."""

    id: LetterId


class LettersChosen(LettersMeant, frozen=True, kw_only=True):
    """Choose dead letters by ``ids`` or by what holds for them, or ``every`` one; of these, those after one of them.

    ``headrace.dead.replay`` has them done again, ``headrace.dead.drop`` throws them away.
    """

    ids: Annotated[list[LetterId], msgspec.Meta(max_length=MOST_LETTERS)] = []
    every: bool = False
    after: Annotated[int, msgspec.Meta(ge=0, le=2**62)] = 0

    def __post_init__(self) -> None:
        """Refuse what chooses nothing, or in two ways."""
        ways = bool(self.ids) + self.every + any((self.reason, self.service, self.code, self.asset_id))
        if ways != 1:
            raise ValueError("Choose letters by `ids`, or by what holds for them, or `every` one.")


class DurableState(Value, frozen=True, kw_only=True):
    """A durable and who reads it: messages that wait, that are at work or about to come back, that came back.

    ``paused_until`` is None while it delivers.
    """

    name: str
    service: str
    waiting: int
    working: int
    redelivered: int
    paused_until: datetime | None = None


class StreamState(Value, frozen=True, kw_only=True):
    """A stream and its durables."""

    name: str
    messages: int
    size_bytes: int
    durables: list[DurableState]


class Worker(Value, frozen=True, kw_only=True):
    """A process that answers; ``at_work`` counts the messages it has in hand, None where it does not say.

    ``paused`` is a sentence on why it takes no work by itself, as when a disk is nearly full.
    """

    id: str
    at_work: int | None = None
    paused: str | None = None


class ServiceState(Value, frozen=True, kw_only=True):
    """A service and its processes that answer; a service that reads a durable and has none is down."""

    name: str
    workers: list[Worker]


class DeadCount(Value, frozen=True, kw_only=True):
    """How many dead letters of a service there are for a reason."""

    reason: str
    service: str
    letters: int


class Status(Value, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag="headrace.status.v1"):
    """How everything is; ``lateness`` is left out where ``reconcile`` does not say it."""

    at: datetime
    streams: list[StreamState]
    services: list[ServiceState]
    dead: list[DeadCount]
    lateness: Lateness | None = None


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


class HaltedDurable(Value, frozen=True, kw_only=True):
    """A durable and until when it is paused, None when it delivers."""

    name: str
    stream: str
    service: str
    paused_until: datetime | None


class Halted(Value, frozen=True, kw_only=True, tag_field="type", tag="headrace.halted.v1"):
    """What is paused now, or delivers again."""

    durables: list[HaltedDurable]


class Drained(Value, frozen=True, kw_only=True, tag_field="type", tag="headrace.drained.v1"):
    """Whether a service's processes, as far as they answer, have finished; if they have not, ask again."""

    service: str
    is_drained: bool
    workers: list[Worker]
    durables: list[HaltedDurable]


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


ENDPOINTS: dict[str, tuple[type[Asked], type[Value]]] = {
    "headrace.status": (StatusAsked, Status),
    "headrace.asset": (AssetAsked, AssetTold),
    "headrace.retry": (RetryAsked, RetryTold),
    "headrace.pause": (PauseAsked, Halted),
    "headrace.resume": (ResumeAsked, Halted),
    "headrace.drain": (DrainAsked, Drained),
    "headrace.dead.ls": (LettersAsked, LetterPage),
    "headrace.dead.show": (LetterAsked, Letter),
    "headrace.dead.replay": (LettersChosen, LettersSettled),
    "headrace.dead.drop": (LettersChosen, LettersSettled),
}
"""What is asked on which subject, and what is answered where it is not refused."""
