"""Repairs of what an audit found, as far as they are safe; produces ``asset.retried``, and never touches an original.

Each is proved once more at the moment of the repair: the log is asked again whose an object is.
"""

import secrets
import time
from datetime import datetime

from msgspec.structs import replace
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from contracts.again import subject_for
from contracts.bucket import SUBJECT_LISTING
from contracts.v1 import AssetRestored, AssetRetried, Original
from services.reconcile.audit import known_of, last_heard
from services.reconcile.outputs import OUTPUT_ROOTS, place_of, verdict
from services.reconcile.report import Abandoned, Missing, Orphan, Report
from services.reconcile.watch import life_of
from services.runtime import trace
from services.runtime.announce import announce
from services.runtime.errors import Permanent
from services.runtime.log import STREAM, FactLog
from services.runtime.publish import ACK_TIMEOUT_S, Publisher
from services.runtime.store import Store

_BY = {trace.SERVICE: "reconcile"}


class Repair:
    """Does what can be done without losing anything."""

    def __init__(self, store: Store, js: JetStreamContext) -> None:
        """Use a bucket and a log."""
        self._store = store
        self._js = js
        self._facts = FactLog(js)
        self._publish = Publisher(js)

    async def __call__(self, report: Report) -> Report:
        """Return the report with what became of everything in it.

        Raises: Transient: the store does not answer. nats.errors.Error: the log does not.
        """
        for key in report.unannounced:
            await self._announced(key)
        return replace(
            report,
            orphans=[await self.deleted(orphan) for orphan in report.orphans],
            missing=[await self._asked_for(missing) for missing in report.missing],
            abandoned=[await self._aborted(begun) for begun in report.abandoned],
            unannounced=[],
            left_behind=[asset_id for asset_id in report.left_behind if not await self._brought_back(asset_id)],
        )

    async def deleted(self, orphan: Orphan) -> Orphan:
        """Delete an object that still belongs to nothing.

        Raises: Permanent: ``not_an_output``: it does not lie where outputs do.
        """
        if not orphan.key.startswith(OUTPUT_ROOTS):
            raise Permanent("not_an_output", f"{orphan.key} lies where no outputs do; originals are never deleted.")
        place = place_of(orphan.key)
        if verdict(place, await known_of(self._facts, place.asset_id)) != orphan.reason:
            return orphan
        await self._store.delete([orphan.key])
        return replace(orphan, is_deleted=True)

    async def _aborted(self, begun: Abandoned) -> Abandoned:
        try:
            heard_at: datetime | None = await last_heard(self._store, begun)
        except Permanent:  # it is gone
            heard_at = None
        if heard_at is not None and heard_at > begun.heard_at:
            return begun
        await self._store.multipart.abort(begun.key, begun.upload_id)
        return replace(begun, is_aborted=True)

    async def _asked_for(self, missing: Missing) -> Missing:
        known = await known_of(self._facts, missing.asset_id)
        is_here = known.original is not None and await self._store.head(known.original.key) is not None
        if missing.is_asked_for or known.ready != missing.recipe or not missing.steps or not is_here:
            return missing
        if (await life_of(self._js, missing.asset_id)).is_at_work:
            return replace(missing, is_asked_for=True)
        for attempt, step in enumerate(missing.steps, start=known.attempt + 1):
            fact = AssetRetried(
                asset_id=missing.asset_id,
                tenant=known.tenant,
                edit=f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(4)}",
                step=step,
                attempt=attempt,
                recipe="" if step == "encode" else missing.recipe,
            )
            # Whoever repairs at the same time asks for the same attempt.
            await self._publish(fact, {**_BY, "Nats-Msg-Id": f"repair:{fact.asset_id}:{attempt}"})
        return replace(missing, is_asked_for=True)

    async def _brought_back(self, asset_id: str) -> bool:
        """Ask for what a restoration left withdrawn, and tell whether there was one."""
        try:
            restored = await self._js.get_last_msg(STREAM, AssetRestored.subject_filter(asset_id))
        except NotFoundError:
            return False
        subject = subject_for("withdraw", restored.subject or "")
        await self._js.publish(subject, restored.data or b"", timeout=ACK_TIMEOUT_S, headers=_BY)
        return True

    async def _announced(self, key: str) -> None:
        stored = await self._store.head(key)
        if stored is not None:
            upload = Original(bucket=self._store.bucket, key=key, size_bytes=stored.size_bytes, etag=stored.etag)
            await announce(self._js, SUBJECT_LISTING, upload)
