"""Operations: how everything is, dead letters, and what is held back; for the operator alone."""

from typing import Annotated

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from contracts.v1.dead import Reason
from contracts.v1.operate import (
    MOST_LETTERS,
    DrainAsked,
    Drained,
    Halted,
    Letter,
    LetterAsked,
    LetterPage,
    LettersAsked,
    LettersChosen,
    LettersSettled,
    PauseAsked,
    ResumeAsked,
    Status,
    StatusAsked,
)
from services.gateway.audit import Audit
from services.gateway.console import Console
from services.gateway.principal import Principal, for_operator
from services.gateway.problems import described
from services.gateway.refusals import Refused

_MOST = 2**62
_NAME = "^[a-z0-9_]{1,64}$"

Name = Annotated[str | None, QueryParameter(pattern=_NAME, description="Only letters of this service.")]
Code = Annotated[str | None, QueryParameter(pattern=_NAME, description="Only letters with this code.")]
AssetId = Annotated[
    str | None, QueryParameter(pattern="^[a-z0-9]{1,64}$", description="Only letters about this asset.")
]

_WRONG = {400: described("The request is wrong.")}
_HALT = _WRONG | {404: described("No durable has this name, service or lane.")}


class OperationsController(Controller):
    """Asks the console on behalf of the operator."""

    path = "/v1/operations"
    tags = ("operations",)
    guards = (for_operator,)

    @get("/status", operation_id="get_status")
    async def get_status(self, console: NamedDependency[Console]) -> Status:
        """Tell how much waits in each queue, what is paused, which processes answer, and how many letters are dead."""
        return await console.ask("headrace.status", StatusAsked(), Status)

    @get("/dead", operation_id="list_letters", responses=_WRONG)
    async def list_letters(
        self,
        *,
        console: NamedDependency[Console],
        reason: Annotated[Reason | None, QueryParameter(description="Only letters for this reason.")] = None,
        service: Name = None,
        code: Code = None,
        asset_id: AssetId = None,
        after: Annotated[int, QueryParameter(ge=0, le=_MOST, description="The `next_after` of the page before.")] = 0,
        limit: Annotated[int, QueryParameter(ge=1, le=MOST_LETTERS, description="How many at most.")] = 50,
    ) -> LetterPage:
        """List dead letters, oldest first: messages that were given up, with the reason."""
        asked = LettersAsked(reason=reason, service=service, code=code, asset_id=asset_id, after=after, limit=limit)
        return await console.ask("headrace.dead.ls", asked, LetterPage)

    @get(
        "/dead/{letter_id:int}",
        operation_id="get_letter",
        responses=_WRONG | {404: described("There is no such letter.")},
    )
    async def get_letter(self, letter_id: FromPath[int], console: NamedDependency[Console]) -> Letter:
        """Return a dead letter with its whole message."""
        if not 0 < letter_id <= _MOST:
            raise Refused(404, "letter_missing", "There is no such letter.")
        return await console.ask("headrace.dead.show", LetterAsked(id=letter_id), Letter)

    @post("/dead/replay", operation_id="replay_letters", status_code=200, responses=_WRONG)
    async def replay_letters(
        self,
        data: JSONBody[LettersChosen],
        console: NamedDependency[Console],
        principal: NamedDependency[Principal],
        audit: NamedDependency[Audit],
    ) -> LettersSettled:
        """Have the messages of dead letters handled again; the letters are gone then."""
        await audit.keep(principal, "letters.replayed", data)
        return await console.ask("headrace.dead.replay", data, LettersSettled)

    @post("/dead/drop", operation_id="drop_letters", status_code=200, responses=_WRONG)
    async def drop_letters(
        self,
        data: JSONBody[LettersChosen],
        console: NamedDependency[Console],
        principal: NamedDependency[Principal],
        audit: NamedDependency[Audit],
    ) -> LettersSettled:
        """Throw dead letters away."""
        await audit.keep(principal, "letters.dropped", data)
        return await console.ask("headrace.dead.drop", data, LettersSettled)

    @post("/pause", operation_id="pause", status_code=200, responses=_HALT)
    async def pause(
        self,
        data: JSONBody[PauseAsked],
        console: NamedDependency[Console],
        principal: NamedDependency[Principal],
        audit: NamedDependency[Audit],
    ) -> Halted:
        """Have a durable, a service or a lane get nothing more; what is at work is finished."""
        await audit.keep(principal, "work.paused", data)
        return await console.ask("headrace.pause", data, Halted)

    @post("/resume", operation_id="resume", status_code=200, responses=_HALT)
    async def resume(
        self,
        data: JSONBody[ResumeAsked],
        console: NamedDependency[Console],
        principal: NamedDependency[Principal],
        audit: NamedDependency[Audit],
    ) -> Halted:
        """Undo a pause or a drain."""
        await audit.keep(principal, "work.resumed", data)
        return await console.ask("headrace.resume", data, Halted)

    @post("/drain", operation_id="drain", status_code=200, responses=_HALT)
    async def drain(
        self,
        data: JSONBody[DrainAsked],
        console: NamedDependency[Console],
        principal: NamedDependency[Principal],
        audit: NamedDependency[Audit],
    ) -> Drained:
        """Have a service's processes take nothing new, and tell whether they have finished; if not, ask again."""
        await audit.keep(principal, "service.drained", data)
        return await console.ask("headrace.drain", data, Drained)
