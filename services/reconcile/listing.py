"""Lists the bucket's uploads; announces on ``bucket.listing`` those that no fact tells of.

No store's notifications are a guarantee: this is. It also repeats an announcement that ``ingest`` dealt with without
stating a fact, as after an outage that outlasted its retries.
"""

import asyncio
import logging

from nats.aio.client import Client
from nats.js import JetStreamContext
from pydantic import Field

from contracts.bucket import SUBJECT_LISTING
from contracts.keys import UPLOADS
from contracts.v1 import AssetFailed, AssetIngested, AssetPurged, Original
from services.reconcile.decide import Announced, lives, pause_s, unsettled, uploads_in
from services.runtime.announce import announce
from services.runtime.errors import Transient
from services.runtime.log import FactLog
from services.runtime.settings import Settings
from services.runtime.store import Store

_log = logging.getLogger("headrace.reconcile")


class ReconcileSettings(Settings):
    """How eagerly the bucket is listed, and the log looked through."""

    reconcile_pause_s: float = Field(default=3.0, description="Least pause between two listings, in seconds.")
    reconcile_repeat_s: float = Field(default=60.0, description="Least time between two announcements of an object.")
    sweep_pause_s: float = Field(default=10.0, description="Pause between two looks at what is past its deadline.")


class Reconciler:
    """Compares listings with the log; remembers what it need not ask or say twice."""

    def __init__(self, store: Store, js: JetStreamContext, repeat_s: float) -> None:
        """Compare one bucket with one log; what stays without a fact is announced again after ``repeat_s``."""
        self._store = store
        self._js = js
        self._repeat_s = repeat_s
        self._facts = FactLog(js)
        self._known: set[str] = set()
        self._announced: dict[str, Announced] = {}

    async def compare(self) -> float:
        """Announce what was missed; return how long the listing alone took, in seconds."""
        clock = asyncio.get_running_loop()
        # A fact is stated before its notification is settled: read in this order, no upload looks lost that is not.
        settled = await self._settled()
        started = clock.time()
        listing = [
            Original(bucket=self._store.bucket, key=found.key, size_bytes=found.size_bytes, etag=found.etag)
            async for found in self._store.list(UPLOADS)
        ]
        now = clock.time()
        uploads = uploads_in(listing)
        # Of what is gone no more is known: it may have been purged, and come again.
        self._known &= uploads.keys()
        for asset_id, upload in unsettled(uploads, self._known, self._announced, settled=settled, now_s=now).items():
            if await self._is_known(asset_id):
                self._known.add(asset_id)
                self._announced.pop(asset_id, None)
            else:
                before = self._announced.get(asset_id)
                self._announced[asset_id] = Announced(await self._announce(upload, before), now + self._repeat_s)
        return now - started

    async def _is_known(self, asset_id: str) -> bool:
        if await self._facts.known(AssetPurged, asset_id):
            return lives(await self._facts.facts(asset_id, AssetIngested, AssetFailed, AssetPurged))
        return await self._facts.known(AssetIngested, asset_id) or await self._facts.known(AssetFailed, asset_id)

    async def _announce(self, upload: Original, before: Announced | None) -> int:
        # A key may hold line breaks: it goes to the log quoted.
        _log.info("announcing %r", upload.key)
        return await announce(self._js, SUBJECT_LISTING, upload, repeats=before.sequence if before else None)

    async def _settled(self) -> int:
        floor = (await self._js.consumer_info("BUCKET", "ingest")).ack_floor
        return floor.stream_seq if floor else 0


async def reconcile(settings: ReconcileSettings, connection: Client) -> None:
    """Compare the bucket with the log again and again."""
    async with Store.connect(settings) as store:
        reconciler = Reconciler(store, connection.jetstream(), settings.reconcile_repeat_s)
        while True:
            listing_s = 0.0
            try:
                listing_s = await reconciler.compare()
            except Transient as error:
                _log.warning("the bucket cannot be listed just now: %s", error)
            await asyncio.sleep(pause_s(listing_s, settings.reconcile_pause_s))
