"""The facts of the stream MEDIA from a position on, as they are folded into the catalog."""

import contextlib
import logging
from collections.abc import AsyncGenerator
from datetime import datetime

import msgspec
from nats.aio.msg import Msg
from nats.js import JetStreamContext

from contracts.codec import decode
from contracts.v1 import AnyFact, Fact
from services.runtime import follow
from services.runtime.log import STREAM

_SUBJECTS = ("media.v1.>",)

_logger = logging.getLogger("headrace.catalog")


class Entry(msgspec.Struct, frozen=True):
    """One message of the log; ``at`` is when the stream took it; ``fact`` is None where it does not decode."""

    sequence: int
    at: datetime
    fact: AnyFact | None


async def end(js: JetStreamContext) -> int:
    """Return the sequence of the log's last message; 0 when there never was one."""
    return await follow.end(js, STREAM)


async def batches(js: JetStreamContext, after: int) -> AsyncGenerator[list[Entry], None]:
    """Yield the entries after a sequence, for ever; each batch follows the one before.

    Raises: Transient: ``log_interrupted``, when messages were lost between the server and here.
        nats.errors.Error: the server is away.
    """
    async with contextlib.aclosing(follow.batches(js, STREAM, _SUBJECTS, after)) as batches:
        async for messages in batches:
            yield [_entry(message) for message in messages]


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
