"""A stream from a position on, in order and without gaps: as it grows, or a page of what it holds."""

import contextlib
from collections.abc import AsyncGenerator, Sequence

from nats import errors
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from services.runtime.errors import Transient
from services.runtime.log import read_back

_BATCH = 500
_QUIET_S = 2.0


def sequence_of(message: Msg) -> int:
    """Return a message's place in its stream."""
    return message.metadata.sequence.stream


async def end(js: JetStreamContext, stream: str) -> int:
    """Return the sequence of a stream's last message; 0 when there never was one."""
    return (await js.stream_info(stream)).state.last_seq


async def batches(
    js: JetStreamContext, stream: str, subjects: Sequence[str], after: int
) -> AsyncGenerator[list[Msg], None]:
    """Yield what follows a sequence, for ever, in batches as large as what has arrived.

    Raises: Transient: ``log_interrupted``, when messages were lost between the server and here.
        nats.errors.Error: the server is away.
    """
    config = ConsumerConfig(
        deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
        opt_start_seq=after + 1,
        filter_subjects=list(subjects),
    )
    subscription = await js.subscribe("", stream=stream, ordered_consumer=True, config=config)
    try:
        while True:
            try:
                messages = [await subscription.next_msg(_QUIET_S)]
            except errors.TimeoutError:
                await _check_quiet(subscription, after)
                continue
            arrived = min(subscription.pending_msgs, _BATCH - 1)
            messages += [await subscription.next_msg() for _ in range(arrived)]
            fresh = []
            for message in messages:
                # The client starts over from the first message when it loses the server before it got one.
                if sequence_of(message) > after:
                    fresh.append(message)
                    after = sequence_of(message)
            if fresh:
                yield fresh
    finally:
        with contextlib.suppress(errors.ConnectionClosedError, errors.ConnectionDrainingError):
            await subscription.unsubscribe()


async def page(js: JetStreamContext, stream: str, subjects: Sequence[str], after: int, limit: int) -> list[Msg]:
    """Return at most ``limit`` messages that follow a sequence; fewer mean that there were no more."""
    config = ConsumerConfig(
        deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
        opt_start_seq=after + 1,
        ack_policy=AckPolicy.NONE,
        filter_subjects=list(subjects),
    )
    return await read_back(js, stream, config, limit)


async def _check_quiet(subscription: JetStreamContext.PushSubscription, after: int) -> None:
    """Make sure that silence means the end of the log: the client does not notice a lost last message."""
    consumer = await subscription.consumer_info()
    delivered = consumer.delivered.stream_seq if consumer.delivered else 0
    if subscription.pending_msgs:  # they came while we asked
        return
    if consumer.num_pending or delivered > after:
        raise Transient("log_interrupted", f"Messages after {after} were sent but did not arrive.")
