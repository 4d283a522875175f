"""What operators ask.

An empty request is one with nothing but defaults. Unknown fields are refused: a filter with a slip would mean more than
was meant.
"""

from typing import Annotated

import msgspec

from contracts.steps import RetryStep
from contracts.v1.dead import Reason

Name = Annotated[str, msgspec.Meta(pattern="^[a-z0-9_]{1,64}$")]
AssetId = Annotated[str, msgspec.Meta(pattern="^[a-z0-9]{1,64}$", examples=["mzxw6ytboi2dgnbvgy3tqojqge"])]
LetterId = Annotated[int, msgspec.Meta(ge=1, le=2**62, examples=[7])]

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
