"""Purges what was deleted and can no longer be restored, and pictures that were uploaded for what is purged."""

import asyncio
import logging

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

_DUE = "SELECT asset_id FROM assets WHERE purge_at <= now() ORDER BY purge_at LIMIT 100"
_COMMAND_TIMEOUT_S = 30

_log = logging.getLogger("headrace.withdraw")


class WithdrawSettings(Settings):
    """How often to look for what is due."""

    purge_pause_s: float = Field(default=60.0, description="Pause between two looks at what is to be purged.")


async def purge_due(settings: WithdrawSettings, connection: Client) -> None:
    """Purge what is due, again and again."""
    js = connection.jetstream()
    log, publish = FactLog(js), Publisher(js)
    async with Store.connect(settings) as store:
        while True:
            try:
                await purge_once(settings, store, log, publish)
            except Transient as error:
                _log.warning("not everything that is due could be purged: %s", error)
            await asyncio.sleep(settings.purge_pause_s)


async def purge_once(settings: Settings, store: Store, log: FactLog, publish: Publisher) -> None:
    """Purge every asset that the catalog holds for due and the log confirms, and pictures without an asset.

    Raises: Transient: the store does not answer.
    """
    for asset_id in await _due(settings):
        # The catalog may be behind: the log knows who was restored.
        deletion = await deletion_of(log, asset_id)
        if isinstance(deletion, AssetDeleted):
            await publish(await purge(asset_id, deletion.tenant, store, log))
    pictures = [found.key async for found in store.list(POSTER_UPLOADS)]
    for key in pictures:
        if isinstance(await deletion_of(log, asset_of_poster(key)), AssetPurged):
            await store.delete([key])


async def _due(settings: Settings) -> list[str]:
    database = await asyncpg.connect(settings.database_url.get_secret_value(), command_timeout=_COMMAND_TIMEOUT_S)
    try:
        return [row["asset_id"] for row in await database.fetch(_DUE)]
    finally:
        await database.close()
