"""What operators ask of version 1, on the subjects ``headrace.…``, and what they are answered."""

from contracts.base import Value
from contracts.v1.operate.asked import (
    MOST_LETTERS,
    Asked,
    AssetAsked,
    DrainAsked,
    HaltAsked,
    LetterAsked,
    LettersAsked,
    LettersChosen,
    LettersMeant,
    PauseAsked,
    ResumeAsked,
    RetryAsked,
    StatusAsked,
)
from contracts.v1.operate.states import (
    DeadCount,
    Drained,
    DurableState,
    Halted,
    HaltedDurable,
    ServiceState,
    Status,
    StreamState,
    Worker,
)
from contracts.v1.operate.told import (
    AssetTold,
    Letter,
    LetterLine,
    LetterPage,
    LetterRefused,
    LettersSettled,
    Moment,
    Refusal,
    RetryTold,
)

CONSOLE = "headrace"
"""The name under which the console answers pings, and the first token of its subjects."""

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

__all__ = [
    "CONSOLE",
    "ENDPOINTS",
    "MOST_LETTERS",
    "Asked",
    "AssetAsked",
    "AssetTold",
    "DeadCount",
    "DrainAsked",
    "Drained",
    "DurableState",
    "HaltAsked",
    "Halted",
    "HaltedDurable",
    "Letter",
    "LetterAsked",
    "LetterLine",
    "LetterPage",
    "LetterRefused",
    "LettersAsked",
    "LettersChosen",
    "LettersMeant",
    "LettersSettled",
    "Moment",
    "PauseAsked",
    "Refusal",
    "ResumeAsked",
    "RetryAsked",
    "RetryTold",
    "ServiceState",
    "Status",
    "StatusAsked",
    "StreamState",
    "Worker",
]
