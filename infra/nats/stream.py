"""What a stream and its durables are, as data, and how they are made on a server."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError

from contracts.again import ROOT as AGAIN
from contracts.again import is_again, subject_for

# A worker says every few seconds that it is still at it, so silence for this long means that it died.
ACK_WAIT_S = 10.0
# RustFS refuses a stream that forgets message ids sooner than its own retries end, which is after 274 s.
DUPLICATE_WINDOW_S = 600.0


@dataclass(frozen=True)
class Durable:
    """A consumer that outlives its readers; ``subjects`` are the filters of what it delivers.

    ``reader`` is the service that takes its messages, where that has another name.
    """

    name: str
    subjects: tuple[str, ...]
    reader: str = ""

    @property
    def service(self) -> str:
        """Return the service that takes its messages."""
        return self.reader or self.name


@dataclass(frozen=True)
class Stream:
    """A stream and its durables; ``max_age`` None keeps messages for ever.

    ``times_work``: the server tells how long each message was worked on, on ``$JS.EVENT.METRIC.CONSUMER.ACK.>``.
    """

    name: str
    subjects: tuple[str, ...]
    durables: tuple[Durable, ...] = ()
    retention: RetentionPolicy = RetentionPolicy.LIMITS
    times_work: bool = False
    max_age: timedelta | None = None
    allow_direct: bool = False

    def filters(self, durable: Durable) -> tuple[str, ...]:
        """Return all that a durable of this stream delivers: its subjects, and what is delivered to it again."""
        again = (f"{AGAIN}.{durable.name}.>",) if self.is_shared else ()
        return (*durable.subjects, *again)

    def again(self, durable: str, subject: str) -> str:
        """Return the subject by which a message of a shared stream goes to one durable again."""
        return subject if is_again(subject) else subject_for(durable, subject)

    @property
    def is_shared(self) -> bool:
        """Tell whether several durables take the same messages, so that one alone is addressed by another subject."""
        return f"{AGAIN}.>" in self.subjects


async def make_stream(js: JetStreamContext, stream: Stream, replicas: int) -> None:
    """Make a stream, or have it be as stated; its messages stay."""
    stated: dict[str, Any] = {
        "subjects": list(stream.subjects),
        "retention": stream.retention,
        "max_age": stream.max_age.total_seconds() if stream.max_age else 0,
        "allow_direct": stream.allow_direct,
        "storage": StorageType.FILE,
        "duplicate_window": DUPLICATE_WINDOW_S,
        "num_replicas": replicas,
    }
    try:
        current = (await js.stream_info(stream.name)).config
    except NotFoundError:
        await js.add_stream(StreamConfig(name=stream.name, **stated))
        return
    if (wanted := current.evolve(**stated)) != current:
        await js.update_stream(wanted)


async def make_durable(js: JetStreamContext, stream: Stream, durable: Durable) -> None:
    """Make a durable of a stream, or have it be as stated; its position stays."""
    filters = stream.filters(durable)
    several = len(filters) > 1
    stated: dict[str, Any] = {
        "filter_subject": None if several else filters[0],
        "filter_subjects": list(filters) if several else None,
        "ack_wait": ACK_WAIT_S,
        # The runtime counts deliveries itself and parks what failed too often; the server would only fall silent.
        "max_deliver": -1,
        "sample_freq": "100" if stream.times_work else None,
    }
    try:
        current = (await js.consumer_info(stream.name, durable.name)).config
    except NotFoundError:
        current = None
    wanted = (current or ConsumerConfig(durable_name=durable.name)).evolve(**stated)
    if wanted != current:
        await js.add_consumer(stream.name, wanted)
