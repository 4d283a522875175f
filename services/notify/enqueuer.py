"""Consumes every fact and alert, fills the queue of deliveries: one process at a time, the others stand by."""

import asyncio
import contextlib
import logging

import asyncpg
from nats.js import JetStreamContext

from services.notify.queue import Queue
from services.runtime import follow
from services.runtime.events import SUBJECTS, happening
from services.runtime.follow import sequence_of
from services.runtime.log import STREAM

_PAGE = 200
_FORGET_EVERY_S = 3600.0

_logger = logging.getLogger("headrace.notify")


async def fill(js: JetStreamContext, connection: asyncpg.Connection) -> None:
    """Queue what the log takes, for ever, from where the last process was.

    Raises: Transient: another process was faster, or messages were lost: begin again.
    """
    queue = Queue(connection)
    await queue.be_the_only_one()
    await queue.forget()
    after, end = await queue.cursor(), await follow.end(js, STREAM)
    if after is None or after > end:
        if after is not None:
            _logger.warning("the log ends before %d, up to which it was queued: this is another log", after)
        await queue.add(after, end, [])
        after = end
    async with (
        contextlib.aclosing(follow.batches(js, STREAM, SUBJECTS, after)) as batches,
        asyncio.timeout(_FORGET_EVERY_S),
    ):
        async for messages in batches:
            reached = sequence_of(messages[-1])
            await queue.add(after, reached, [told for message in messages if (told := happening(message))])
            after = reached


async def repeat(js: JetStreamContext, connection: asyncpg.Connection, poll_s: float) -> None:
    """Queue once more what somebody asks for, page by page of the log, for ever."""
    queue = Queue(connection)
    while True:
        asked = await queue.asked()
        if asked is None:
            await asyncio.sleep(poll_s)
            continue
        messages = await follow.page(js, STREAM, SUBJECTS, asked.redeliver_from - 1, _PAGE)
        messages = [message for message in messages if sequence_of(message) <= asked.redeliver_to]
        reached = sequence_of(messages[-1]) if len(messages) == _PAGE else asked.redeliver_to
        await queue.add_again(asked, reached, [told for message in messages if (told := happening(message))])
