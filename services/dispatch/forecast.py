"""When an asset will be ready, from what waits before it and how fast such work was done lately. Pure."""

from collections import deque
from collections.abc import Iterable, Mapping
from statistics import median

import msgspec

from contracts.estimates import Estimate, LanePosition
from services.dispatch.decide import Waiting
from services.dispatch.lanes import LaneQueue
from services.dispatch.load import Speeds

MEASURING = "measure"
"""While this work of an asset is not done, it is not known yet what will be encoded."""

BESIDE = "transcribe"
"""Work that nothing waits for, and that may take hours: an asset is ready without it."""

_LOOKING = "probe"
_REMEMBERED = 20
_HALF_DONE = 0.5


class Lane(msgspec.Struct):
    """What is known of one lane: what waits in it, and how many workers it was seen to have."""

    queue: LaneQueue = msgspec.field(default_factory=LaneQueue)
    workers: int = 1


class Tails:
    """How long it takes from the end of an asset's last task until it is ready, as was seen lately."""

    def __init__(self) -> None:
        """Begin with nothing known."""
        self._seen: deque[float] = deque(maxlen=_REMEMBERED)

    def add(self, taken_s: float) -> None:
        """Take one into account."""
        self._seen.append(taken_s)

    @property
    def seconds(self) -> float | None:
        """Return how long it usually takes."""
        return median(self._seen) if self._seen else None


def estimate(
    lanes: Mapping[str, Lane], in_work: Iterable[Waiting], whose: tuple[str, str], shares: Mapping[str, float],
    speeds: Speeds, tails: Tails,
) -> Estimate:  # fmt: skip
    """Return where an asset's work waits, and in how long it will be ready; ``whose`` is its tenant and its id.

    ``in_work`` are tasks that were handed out and are not done. Lanes work side by side; the slowest decides.
    """
    own = {name: tasks for name, lane in lanes.items() if (tasks := _counted(lane.queue.of_asset(*whose)))}
    positions = [_position(name, lanes[name], tasks, shares) for name, tasks in own.items()]
    begun = _counted(task for task in in_work if (task.tenant, task.asset_id) == whose)
    nouns = {task.noun for task in (*begun, *(task for tasks in own.values() for task in tasks))}
    if not nouns or nouns & {MEASURING, _LOOKING}:
        return Estimate(lanes=positions)
    needed = [_until_done_s(lanes[name], tasks, shares, speeds) for name, tasks in own.items()]
    needed += [None if (taken_s := speeds.seconds(task.load)) is None else taken_s * _HALF_DONE for task in begun]
    known = [seconds for seconds in (*needed, tails.seconds) if seconds is not None]
    if len(known) <= len(needed):
        return Estimate(lanes=positions)
    return Estimate(lanes=positions, ready_in_s=round(max(known[:-1]) + known[-1], 1))


def _counted(tasks: Iterable[Waiting]) -> list[Waiting]:
    return [task for task in tasks if task.noun != BESIDE]


def _position(name: str, lane: Lane, tasks: list[Waiting], shares: Mapping[str, float]) -> LanePosition:
    first = min(lane.queue.before(task, shares) for task in (tasks[0], tasks[-1]))
    return LanePosition(lane=name, position=first + 1, waiting=len(tasks))


def _until_done_s(lane: Lane, tasks: list[Waiting], shares: Mapping[str, float], speeds: Speeds) -> float | None:
    """Return how long it takes until the last of an asset's tasks in a lane is done."""
    own = [speeds.seconds(task.load) for task in tasks]
    mine = [seconds for seconds in own if seconds is not None]
    if len(mine) < len(own):
        return None
    before = max(lane.queue.before(task, shares) for task in (tasks[0], tasks[-1])) + 1 - len(tasks)
    usual_s = speeds.usual_s(tasks[-1].load.kind)
    # Every worker has something in hand, half of which is done, and something lies ready.
    return (sum(mine) + (max(0, before) + 1) * usual_s) / lane.workers + usual_s * _HALF_DONE
