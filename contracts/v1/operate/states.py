"""What operators are told of streams, services and their processes."""

from datetime import datetime

from contracts.base import Value
from contracts.lateness import Lateness


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
