"""What follows from what an asset waits for, from the queues and from the time: nothing yet, or an action. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import msgspec

from contracts.lateness import Lateness
from services.reconcile.deadlines import DEADLINES, Deadline
from services.reconcile.expected import fetching, probing, remaking, transcribing
from services.reconcile.life import Life
from services.reconcile.owed import Owed


class Seen(msgspec.Struct, frozen=True):
    """A look at the queues: up to which sequence each durable has dealt with everything, and the tasks that wait.

    Tasks that are worked on wait as well; they are named as ``services.runtime.queues`` does.
    """

    settled: Mapping[str, int] = {}
    queued: frozenset[str] = frozenset()


class Ask(msgspec.Struct, frozen=True):
    """Ask the durable again."""

    owed: Owed


class GiveUp(msgspec.Struct, frozen=True):
    """State what follows when nobody answers."""

    owed: Owed


Action = Ask | GiveUp


def waits(life: Life, owed: Owed, seen: Seen) -> bool:
    """Tell whether an answer cannot be expected yet: its fact or its work is in a queue, or being worked on."""
    deadline = DEADLINES[owed.state]
    is_heard = not deadline.hears or not deadline.durable or seen.settled.get(deadline.durable, 0) >= owed.sequence
    return not is_heard or _is_queued(life, owed, seen.queued)


def _is_queued(life: Life, owed: Owed, queued: frozenset[str]) -> bool:
    match owed.state:
        case "ingested" | "retried_probe" | "imported" | "captions_asked":
            return _task_of(life, owed) in queued
        case "planned":
            work = life.works.get(owed.part)
            return work is not None and queued.issuperset(work.missing)
        case "retried_package":
            # There is nothing to package again before everything is encoded.
            return any(state in ("planned", "encoded") for state, _ in life.owed)
        case "encoded" | "packaged" | "remaking" | "repackaging" | "retried_thumbnail":
            # What is being made once more is looked at when it is made.
            is_unmade = owed.state == "repackaging" and ("remaking", owed.part) in life.owed
            return is_unmade or any(remaking(life.asset_id, owed.recipe) in task for task in queued)
        case _:
            return False


def _task_of(life: Life, owed: Owed) -> str:
    """Return the name of the one task that an asset waits for."""
    match owed.state:
        case "imported":
            return fetching(life.asset_id)
        case "captions_asked":
            return transcribing(life.asset_id, owed.part)
        case _:
            return probing(life.asset_id)


def actions(life: Life, seen: Seen, now: datetime) -> list[Action]:
    """Return what is to be done about an asset now."""
    return [action for owed in _open(life) if (action := _action(life, owed, seen, now)) is not None]


def late_s(owed: Owed, now: datetime) -> float:
    """Return by how much a deadline is passed, less than 0 before it."""
    return (now - owed.idle_since).total_seconds() - _allowed_s(owed, DEADLINES[owed.state])


def lateness(lives: Iterable[Life], now: datetime) -> Lateness:
    """Return how late everything is that is not resolved."""
    # What is deleted waits for its time before anything is owed to it.
    begun = [(life, owed) for life in lives for owed in _open(life) if owed.since <= now]
    if not begun:
        return Lateness(at=now, overdue_s=0.0, oldest_s=0.0, unresolved=0)
    latest, owed = max(begun, key=lambda each: late_s(each[1], now))
    overdue_s = max(0.0, late_s(owed, now))
    return Lateness(
        at=now,
        overdue_s=round(overdue_s, 3),
        oldest_s=round(max((now - owed.since).total_seconds() for _, owed in begun), 3),
        unresolved=len({life.asset_id for life, _ in begun}),
        asset_id=latest.asset_id if overdue_s else None,
        state=owed.state if overdue_s else None,
    )


def _open(life: Life) -> list[Owed]:
    """Return what is owed now: to what is deleted, nothing but its end."""
    return [owed for owed in life.owed.values() if not life.is_deleted or owed.state == "deleted"]


def _action(life: Life, owed: Owed, seen: Seen, now: datetime) -> Action | None:
    deadline = DEADLINES[owed.state]
    if late_s(owed, now) < 0 or waits(life, owed, seen):
        return None
    if owed.asked_at is not None:
        patience = timedelta(seconds=_allowed_s(owed, deadline) * 2 ** (owed.tries - 1))
        if seen.settled.get(deadline.durable, 0) < owed.asked or now < owed.asked_at + patience:
            return None
    return Ask(owed) if owed.tries < deadline.tries else GiveUp(owed)


def _allowed_s(owed: Owed, deadline: Deadline) -> float:
    return deadline.within_s + deadline.each_s * owed.tasks
