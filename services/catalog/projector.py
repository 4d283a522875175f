"""The projector: consumes every fact of MEDIA, publishes nothing, keeps the catalog's tables equal to the log."""

import contextlib
import logging

import asyncpg
from nats.js import JetStreamContext

from services.catalog import log, tables

_logger = logging.getLogger("headrace.catalog")


async def project(js: JetStreamContext, connection: asyncpg.Connection) -> None:
    """Fold the log into the tables from the checkpoint on, for ever.

    Raises: Transient: another projector was faster, or messages were lost: begin again at the checkpoint.
    """
    after = await tables.checkpoint(connection)
    if await log.end(js) < after:
        _logger.warning("the log ends before the checkpoint %d: the tables are of another log; folding again", after)
        await tables.start_over(connection)
        after = 0
    async with contextlib.aclosing(log.batches(js, after)) as batches:
        async for entries in batches:
            await tables.apply(connection, after, entries)
            after = entries[-1].sequence
