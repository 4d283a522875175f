"""The stream MEDIA from a position on, in order and without gaps, in batches as large as what has arrived."""

import contextlib
import logging
from collections.abc import AsyncGenerator
from datetime import datetime

import msgspec
from nats import errors
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, DeliverPolicy

from contracts.codec import decode
from contracts.v1 import AnyFact, Fact
from services.runtime.errors import Transient

STREAM = "MEDIA"
_SUBJECTS = "media.v1.>"
_BATCH = 500
_QUIET_S = 2.0

_logger = logging.getLogger("headrace.catalog")


class Entry(msgspec.Struct, frozen=True):
    """One message of the log; ``at`` is when the stream took it; ``fact`` is None where it does not decode."""

    sequence: int
    at: datetime
    fact: AnyFact | None


async def end(js: JetStreamContext) -> int:
    """Return the sequence of the log's last message; 0 when there never was one."""
    return (await js.stream_info(STREAM)).state.last_seq


async def batches(js: JetStreamContext, after: int) -> AsyncGenerator[list[Entry], None]:
    """Yield the entries after a sequence, for ever; each batch follows the one before.

    Raises: Transient: ``log_interrupted``, when messages were lost between the server and here.
        nats.errors.Error: the server is away.
    """
    config = ConsumerConfig(deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=after + 1)
    subscription = await js.subscribe(_SUBJECTS, stream=STREAM, ordered_consumer=True, config=config)
    try:
        while True:
            try:
                messages = [await subscription.next_msg(_QUIET_S)]
            except errors.TimeoutError:
                await _check_quiet(subscription, after)
                continue
            arrived = min(subscription.pending_msgs, _BATCH - 1)
            messages += [await subscription.next_msg() for _ in range(arrived)]
            entries = []
            for entry in map(_entry, messages):
                # The client starts over from the first message when it loses the server before it got one.
                if entry.sequence > after:
                    entries.append(entry)
                    after = entry.sequence
            if entries:
                yield entries
    finally:
        with contextlib.suppress(errors.ConnectionClosedError):
            await subscription.unsubscribe()


async def _check_quiet(subscription: JetStreamContext.PushSubscription, after: int) -> None:
    """Make sure that silence means the end of the log: the client does not notice a lost last message."""
    consumer = await subscription.consumer_info()
    delivered = consumer.delivered.stream_seq if consumer.delivered else 0
    if consumer.num_pending or delivered > after:
        raise Transient("log_interrupted", f"Messages after {after} were sent but did not arrive.")


def _entry(message: Msg) -> Entry:
    metadata = message.metadata
    return Entry(metadata.sequence.stream, metadata.timestamp, _fact(message))


def _fact(message: Msg) -> AnyFact | None:
    try:
        decoded = decode(message.data)
    except msgspec.DecodeError as error:
        _logger.warning("skipped what does not decode on %s: %s", message.subject, error)
        return None
    if not isinstance(decoded, Fact):
        _logger.warning("skipped a task among the facts on %s", message.subject)
        return None
    return decoded
