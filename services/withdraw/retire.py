"""Retires versions that were superseded long ago: states ``version.retired``, after which nobody can choose them.

The catalog says which, and the log whether that is still so: the fact is stated only if the catalog holds everything
about the asset, and if nothing was stated since. Whoever chose the version a moment before has the log's word. That a
removal follows is looked after by ``reconcile``, as all that is late.
"""

from datetime import UTC, datetime, timedelta

import asyncpg
import msgspec
from nats.js.errors import APIError

from contracts.v1 import VersionRetired, facts_of
from services.runtime.log import FactLog
from services.runtime.publish import Publisher, expecting, is_outdated
from services.withdraw.decide import Versions, unwanted

_DUE = "SELECT asset_id FROM assets WHERE collect_from <= $1 AND purge_at IS NULL ORDER BY collect_from LIMIT 1000"
_VIEW = """
    SELECT view, (SELECT sequence FROM checkpoint WHERE log = 'MEDIA') AS sequence FROM assets
    WHERE asset_id = $1 AND purge_at IS NULL
"""


async def retire_once(database: asyncpg.Connection, log: FactLog, publish: Publisher, kept: timedelta) -> None:
    """Retire what was superseded longer ago than it is to be kept."""
    before = datetime.now(UTC) - kept
    for row in await database.fetch(_DUE, before):
        asset_id = row["asset_id"]
        known_to = await log.end_of(asset_id)
        found = await database.fetchrow(_VIEW, asset_id)
        if found is not None and found["sequence"] >= known_to:
            await _retire(msgspec.json.decode(found["view"], type=Versions), before, publish, known_to)


async def _retire(view: Versions, before: datetime, publish: Publisher, known_to: int) -> None:
    for recipe in unwanted(view, before):
        retired = VersionRetired(asset_id=view.asset_id, tenant=view.tenant, recipe=recipe)
        try:
            known_to = await publish(retired, expecting(known_to, facts_of(view.asset_id)))
        except APIError as error:
            if not is_outdated(error):
                raise
            # Something happened to the asset: the next look decides with it.
            return
