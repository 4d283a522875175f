"""When an asset will be ready, from what waits before it and how fast such work was done lately. Pure."""

from collections import deque
from collections.abc import Collection, Iterable, Mapping
from statistics import median

import msgspec

from contracts.estimates import Estimate, LanePosition
from services.dispatch.decide import Waiting
from services.dispatch.lanes import LaneQueue
from services.dispatch.load import Seen, Speeds

MEASURING = "measure"
"""While this work of an asset is not done, it is not known yet what will be encoded."""

BESIDE = "transcribe"
"""Work that nothing waits for, and its lane: an asset is ready without it, and it may take hours."""

_LOOKING = "probe"
_REMEMBERED = 20
_HALF_DONE = 0.5
_LATELY_S = 20.0
_FEW = 10


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
    def seen(self) -> Seen:
        """Return what was seen, as one piece each."""
        return [(1.0, taken_s) for taken_s in self._seen]

    def recall(self, seen: Seen) -> None:
        """Begin with what was seen by others, where nothing was seen here."""
        if not self._seen:
            self._seen.extend(taken_s for _, taken_s in seen)

    @property
    def seconds(self) -> float | None:
        """Return how long it usually takes."""
        return median(self._seen) if self._seen else None


def estimate(
    lanes: Mapping[str, Lane],
    in_work: Collection[Waiting],
    whose: tuple[str, str],
    *,
    shares: Mapping[str, float],
    speeds: Speeds,
    tail_s: float | None,
    pace: float = 1.0,
) -> Estimate:
    """Return where an asset's work waits, and in how long it will be ready; ``whose`` is its tenant and its id.

    ``in_work`` are tasks that were handed out and are not done. ``tail_s`` is how long it takes from the end of the
    last task on, ``pace`` how many seconds of undisturbed work are done in a second, by all workers.
    """
    lanes = {name: lane for name, lane in lanes.items() if name != BESIDE}
    in_work = [task for task in in_work if task.noun != BESIDE]
    own = {name: tasks for name, lane in lanes.items() if (tasks := lane.queue.of_asset(*whose))}
    positions = [_position(name, lanes[name], tasks, shares) for name, tasks in own.items()]
    waiting = [task for tasks in own.values() for task in tasks]
    begun = [task for task in in_work if (task.tenant, task.asset_id) == whose]
    nouns = {task.noun for task in (*waiting, *begun)}
    is_seen = all(speeds.seconds(task.load) is not None for task in (*waiting, *begun))
    if not nouns or nouns & {MEASURING, _LOOKING} or not is_seen or tail_s is None:
        return Estimate(lanes=positions)
    alone_s = max(
        [_sum_s(tasks, speeds) / lanes[name].workers for name, tasks in own.items()]
        + [_sum_s([task], speeds) * _HALF_DONE for task in begun]
    )
    before_s = sum(_before_s(lane, own.get(name, []), shares, speeds) for name, lane in lanes.items())
    work_s = before_s + _sum_s(waiting, speeds) + _sum_s(in_work, speeds) * _HALF_DONE
    return Estimate(lanes=positions, ready_in_s=round(max(alone_s, work_s / pace) + tail_s, 1))


def _sum_s(tasks: Iterable[Waiting], speeds: Speeds) -> float:
    """Return how long tasks take one worker; those of which nothing was seen are left out."""
    return sum(speeds.seconds(task.load) or 0.0 for task in tasks)


def _position(name: str, lane: Lane, tasks: list[Waiting], shares: Mapping[str, float]) -> LanePosition:
    first = min(lane.queue.before(task, shares) for task in (tasks[0], tasks[-1]))
    return LanePosition(lane=name, position=first + 1, waiting=len(tasks))


def _before_s(lane: Lane, tasks: list[Waiting], shares: Mapping[str, float], speeds: Speeds) -> float:
    """Return how much work in a lane is done before an asset's last task in it; all of it where it has none.

    Where it has none, nothing of the asset waits, but what waits there shares the processors with the rest of it.
    """
    waiting = len(lane.queue)
    if not waiting:
        return 0.0
    last = max((lane.queue.before(task, shares) for task in (tasks[0], tasks[-1])), default=0) if tasks else waiting
    usual_s = speeds.seconds(next(iter(lane.queue)).load) or 0.0
    return max(0, last - len(tasks) + 1 if tasks else last) * usual_s


class Pace:
    """How many seconds of undisturbed work are done in a second, while there is any."""

    def __init__(self) -> None:
        """Begin with nothing known."""
        self._done: deque[tuple[float, float]] = deque()

    def add(self, at_s: float, work_s: float) -> None:
        """Take into account what was done at a time, and forget what was done long before."""
        self._done.append((at_s, work_s))
        while at_s - self._done[0][0] > _LATELY_S:
            self._done.popleft()

    @property
    def value(self) -> float:
        """Return it; 1 until something can be told."""
        if len(self._done) < _FEW:
            return 1.0
        lasted_s = self._done[-1][0] - self._done[0][0]
        return sum(work_s for _, work_s in list(self._done)[1:]) / lasted_s if lasted_s > 1 else 1.0
