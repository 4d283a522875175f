"""Compares everything in the bucket with everything in the log; consumes both, changes neither.

An object lies in the store before its fact is in the log, and a plan in the log before its objects lie in the store.
So the log is read first, what is missing is looked for once more, and only what is older than any work may take can
belong to nothing.
"""

from collections.abc import AsyncIterator, Container
from datetime import UTC, datetime, timedelta
from itertools import chain

from nats.js import JetStreamContext

from contracts.keys import RESERVED_UPLOADS, UPLOADS
from contracts.v1 import Fact, Original
from services.reconcile.decide import uploads_in
from services.reconcile.known import KINDS, Known
from services.reconcile.outputs import OUTPUT_KINDS, OUTPUT_ROOTS, absent, outputs_of, place_of, steps_for, verdict
from services.reconcile.report import Abandoned, Missing, Orphan, Report, Stranger
from services.reconcile.watch import life_of, told_by
from services.runtime import follow
from services.runtime.log import STREAM, FactLog
from services.runtime.multipart import OpenUpload
from services.runtime.store import Store, StoredObject

GRACE = timedelta(hours=48)
"""How old an object must be: no task may last as long, and no upload is silent for as long."""

_PAGE = 5000


class Audit:
    """One comparison."""

    def __init__(self, store: Store, js: JetStreamContext, grace: timedelta = GRACE) -> None:
        """Compare a bucket with a log; what is younger than ``grace`` is not judged."""
        self._store = store
        self._js = js
        self._facts = FactLog(js)
        self._latest = datetime.now(UTC) - grace
        self._known: dict[str, Known] = {}
        self._sizes: dict[str, dict[str, int]] = {}
        self._orphans: list[Orphan] = []
        self._strangers: dict[str, Stranger] = {}
        self._left_behind: set[str] = set()
        self._objects = self._too_young = 0

    async def report(self) -> Report:
        """Return everything that is found.

        Raises: Transient: the store does not answer. nats.errors.Error: the log does not.
        """
        self._known = await read_known(self._js)
        for root in OUTPUT_ROOTS:
            async for found in self._store.list(root):
                self._judge(found)
        uploads = await self._uploads()
        return Report(
            at=datetime.now(UTC),
            objects=self._objects + len(uploads),
            too_young=self._too_young,
            orphans=self._orphans,
            missing=[missing async for missing in self._missing()],
            abandoned=[begun async for begun in abandoned(self._store, self._latest)],
            unannounced=self._unannounced(uploads),
            originals_missing=self._originals_missing(uploads),
            left_behind=sorted(self._left_behind),
            strangers=list(self._strangers.values()),
        )

    def _judge(self, found: StoredObject) -> None:
        self._objects += 1
        place = place_of(found.key)
        known = self._known.get(place.asset_id)
        judged = verdict(place, known)
        if known is not None and place.recipe == known.ready and not place.is_withdrawn:
            self._sizes.setdefault(place.asset_id, {})[found.key] = found.size_bytes
        if judged == "live":
            return
        if found.stored_at is None or found.stored_at > self._latest:
            self._too_young += 1
        elif judged == "stranger":
            before = self._strangers.get(place.asset_id, Stranger(place.asset_id, 0, 0))
            size_bytes = before.size_bytes + found.size_bytes
            self._strangers[place.asset_id] = Stranger(place.asset_id, before.objects + 1, size_bytes)
        elif judged == "left_behind":
            self._left_behind.add(place.asset_id)
        else:
            self._orphans.append(Orphan(found.key, found.size_bytes, found.stored_at, place.asset_id, judged))

    async def _missing(self) -> AsyncIterator[Missing]:
        for asset_id, known in self._known.items():
            if known.ready is None or known.is_deleted:
                continue
            stated = outputs_of(await self._facts.facts(asset_id, *OUTPUT_KINDS), known.ready)
            lost = absent(stated, self._sizes.get(asset_id, {}))
            # What was written since the listing is there; what was deleted since belongs to nobody any more.
            lost = {key: output for key, output in lost.items() if not await self._is_whole(key, output.size_bytes)}
            if lost and await self._is_as_it_was(asset_id, known):
                is_made = (await life_of(self._js, asset_id)).is_at_work
                yield Missing(asset_id, known.ready, sorted(lost), steps_for(lost.values()), is_made)

    async def _is_whole(self, key: str, size_bytes: int | None) -> bool:
        stored = await self._store.head(key)
        return stored is not None and size_bytes in (None, stored.size_bytes)

    async def _is_as_it_was(self, asset_id: str, known: Known) -> bool:
        now = await known_of(self._facts, asset_id)
        return (now.ready, now.is_deleted) == (known.ready, known.is_deleted) and known.ready in now.recipes

    async def _uploads(self) -> dict[str, Original]:
        """Return the uploads by asset id."""
        return uploads_in(
            [
                Original(bucket=self._store.bucket, key=found.key, size_bytes=found.size_bytes, etag=found.etag)
                async for found in self._store.list(UPLOADS)
            ]
        )

    def _unannounced(self, uploads: dict[str, Original]) -> list[str]:
        told = {asset_id for asset_id, known in self._known.items() if known.is_told}
        return sorted(upload.key for asset_id, upload in uploads.items() if asset_id not in told)

    def _originals_missing(self, uploads: Container[str]) -> list[str]:
        living = [(asset_id, known.original) for asset_id, known in self._known.items() if known.original]
        return sorted(original.key for asset_id, original in living if asset_id not in uploads)


async def read_known(js: JetStreamContext) -> dict[str, Known]:
    """Return what the log says of every asset."""
    known: dict[str, Known] = {}
    after, subjects = 0, [kind.subject_filter() for kind in KINDS]
    while messages := await follow.page(js, STREAM, subjects, after, _PAGE):
        after = follow.sequence_of(messages[-1])
        for message in messages:
            told = told_by(message)
            if isinstance(told, Fact):
                known.setdefault(told.asset_id, Known()).take(told)
    return known


async def known_of(facts: FactLog, asset_id: str) -> Known:
    """Return what the log says of one asset now."""
    known = Known()
    for fact in await facts.facts(asset_id, *KINDS):
        known.take(fact)
    return known


async def abandoned(store: Store, latest: datetime) -> AsyncIterator[Abandoned]:
    """Yield what was begun in parts and not heard of since; what gateways opened, they give up themselves."""
    for root in (UPLOADS, *OUTPUT_ROOTS):
        async for begun in store.multipart.begun(root):
            if begun.key.startswith(RESERVED_UPLOADS) or begun.begun_at > latest:
                continue
            heard_at = await last_heard(store, begun)
            if heard_at <= latest:
                yield Abandoned(begun.key, begun.upload_id, heard_at)


async def last_heard(store: Store, begun: OpenUpload | Abandoned) -> datetime:
    """Return when the store got the newest part of an upload, or when it was begun."""
    parts = await store.multipart.parts(begun.key, begun.upload_id)
    stored = (part.stored_at for part in parts.values())
    return max(chain(stored, [begun.begun_at if isinstance(begun, OpenUpload) else begun.heard_at]))
