"""Purges what can no longer be restored, pictures that were uploaded for that, and versions superseded long ago."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import asyncpg
from nats.aio.client import Client
from pydantic import Field

from contracts.keys import POSTER_UPLOADS
from contracts.v1 import AssetDeleted, AssetPurged
from services.runtime.errors import Transient
from services.runtime.life import deletion_of
from services.runtime.log import FactLog
from services.runtime.publish import Publisher
from services.runtime.settings import Settings
from services.runtime.store import Store
from services.withdraw.decide import asset_of_poster
from services.withdraw.handler import purge
from services.withdraw.retire import retire_once

_DUE = "SELECT asset_id FROM assets WHERE purge_at <= now() ORDER BY purge_at LIMIT 100"
_COMMAND_TIMEOUT_S = 30

_log = logging.getLogger("headrace.withdraw")


class WithdrawSettings(Settings):
    """How often to look for what is due, and what is."""

    purge_pause_s: float = Field(default=60.0, description="Pause between two looks at what is to be purged.")
    versions_kept_s: float = Field(
        default=7 * 86_400.0, description="For how long a version can be chosen again once another took its place."
    )


async def purge_due(settings: WithdrawSettings, connection: Client) -> None:
    """Purge what is due, again and again."""
    js = connection.jetstream()
    log, publish = FactLog(js), Publisher(js)
    async with Store.connect(settings) as store:
        while True:
            try:
                await purge_once(settings, store, log, publish)
                async with _database(settings) as database:
                    await retire_once(database, log, publish, timedelta(seconds=settings.versions_kept_s))
            except Transient as error:
                _log.warning("not everything that is due could be removed: %s", error)
            await asyncio.sleep(settings.purge_pause_s)


async def purge_once(settings: Settings, store: Store, log: FactLog, publish: Publisher) -> None:
    """Purge every asset that the catalog holds for due and the log confirms, and pictures without an asset.

    Raises: Transient: the store does not answer.
    """
    for asset_id in await _due(settings):
        # The catalog may be behind: the log knows who was restored, and who was deleted once more after that.
        deletion = await deletion_of(log, asset_id)
        if isinstance(deletion, AssetDeleted) and deletion.purge_at <= datetime.now(UTC):
            await publish(await purge(asset_id, deletion.tenant, store, log))
    pictures = [found.key async for found in store.list(POSTER_UPLOADS)]
    for key in pictures:
        if isinstance(await deletion_of(log, asset_of_poster(key)), AssetPurged):
            await store.delete([key])


async def _due(settings: Settings) -> list[str]:
    async with _database(settings) as database:
        return [row["asset_id"] for row in await database.fetch(_DUE)]


@asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    database = await asyncpg.connect(settings.database_url.get_secret_value(), command_timeout=_COMMAND_TIMEOUT_S)
    try:
        yield database
    finally:
        await database.close()
