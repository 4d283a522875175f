"""Acts on assets: looks an asset up, decides, states the fact, and looks again."""

from collections.abc import Callable
from datetime import UTC, datetime

from contracts.profiles import Profile
from contracts.steps import RetryStep
from contracts.v1 import AssetDeleted, AssetDescribed, AssetPurged, AssetReady, Fact, versions_of
from services.gateway.asset_documents import DescriptionChange
from services.gateway.audit import Audit
from services.gateway.catalog import Catalog
from services.gateway.edits import deleted, described, restored, retried
from services.gateway.etags import matches
from services.gateway.facts import Facts
from services.gateway.principal import Principal
from services.gateway.refusals import Refused
from services.gateway.uploads import Uploads
from services.gateway.versions import chosen
from services.gateway.view import AssetView, CatalogRow
from services.runtime.edits import new_edit
from services.runtime.errors import Stale

_MOST_TRIES = 5

Change = Callable[[AssetView, AssetDescribed | None], DescriptionChange]


class Assets:
    """Does what people ask for, within a tenant; every method raises Refused ``asset_missing``."""

    def __init__(self, catalog: Catalog, facts: Facts, uploads: Uploads, audit: Audit) -> None:
        """Read the catalog, write to the log, end the uploads of what is deleted, and note who deletes."""
        self._audit = audit
        self._catalog = catalog
        self._facts = facts
        self._uploads = uploads

    async def found(self, tenant: str, asset_id: str) -> CatalogRow:
        """Return what the catalog knows of an asset."""
        # What is no word, such as a NUL, PostgreSQL would not even look for.
        row = await self._catalog.asset(tenant, asset_id) if asset_id.isalnum() else None
        if row is None:
            raise Refused(404, "asset_missing", "There is no such asset, or its file has not arrived yet.")
        return row

    async def describe(self, tenant: str, asset_id: str, change: Change, if_match: str | None = None) -> CatalogRow:
        """Change what is said of an asset; of edits at the same time none is lost.

        Raises: Refused: ``precondition_failed``, ``asset_deleted``. Stale: ``asset_changed``, again and again.
        Transient: ``catalog_late``, which only ``if_match`` waits for.
        """
        for tries in range(1, _MOST_TRIES + 1):
            row = await self.found(tenant, asset_id)
            last, sequence = await self._facts.last(AssetDescribed, asset_id)
            if if_match is not None:
                # What was seen is compared with a catalog that holds the edit after which this one is to be stated.
                await self._facts.folded(sequence)
                row = await self.found(tenant, asset_id)
                _check(if_match, row)
            _, purged = await self._facts.last(AssetPurged, asset_id)
            if sequence < purged:
                # What was said of a life that is over is nothing that this one goes on from.
                last = None
            fact = described(row.view, last, change(row.view, last), new_edit())
            try:
                await self._facts.state(fact, after=sequence)
            except Stale:
                if tries == _MOST_TRIES:
                    raise
            else:
                break
        return await self.found(tenant, asset_id)

    async def delete(self, by: Principal, asset_id: str, *, purge: bool = False) -> CatalogRow:
        """Take an asset out of playback, for good with ``purge``; if its file has not come, its upload ends."""
        row = await self.found(by.tenant, asset_id)
        fact = deleted(row.view, new_edit(), datetime.now(UTC), purge=purge)
        if fact is not None:
            await self._audit.note(by, "asset.purged" if purge else "asset.deleted", asset_id)
        after = await self._stated(row, fact)
        # An import ends by itself: ``fetch`` asks whether its asset is deleted.
        if row.view.state == "waiting":
            await self._uploads.abort_of(by.tenant, asset_id)
        return after

    async def restore(self, by: Principal, asset_id: str) -> CatalogRow:
        """Bring a deleted asset back.

        Raises: Refused: ``asset_purging``. Stale: ``asset_changed``, when it was deleted once more meanwhile.
        Transient: ``catalog_late``.
        """
        await self.found(by.tenant, asset_id)
        # Whoever deleted it last may have done so for good.
        _, sequence = await self._facts.last(AssetDeleted, asset_id)
        await self._facts.folded(sequence)
        row = await self.found(by.tenant, asset_id)
        fact = restored(row.view, new_edit(), datetime.now(UTC))
        if fact is None:
            return row
        await self._audit.note(by, "asset.restored", asset_id)
        await self._facts.state(fact, after=sequence, among=AssetDeleted.subject_filter(asset_id))
        return await self.found(by.tenant, asset_id)

    async def retry(self, tenant: str, asset_id: str, step: RetryStep, profile: Profile | None = None) -> CatalogRow:
        """Have an asset's work done again from a step on.

        Raises: Refused: ``asset_deleted``, ``asset_waiting``, ``step_not_reached``, ``profile_without_encoding``.
        """
        row = await self.found(tenant, asset_id)
        return await self._stated(row, retried(row.view, new_edit(), step, profile))

    async def activate(self, tenant: str, asset_id: str, recipe: str) -> CatalogRow:
        """Have an asset play another of its versions; between this and a removal the log's order decides.

        Raises: Refused: ``asset_deleted``, ``version_missing``, ``version_not_ready``, ``version_removed``.
        Stale: ``asset_changed``, again and again. Transient: ``catalog_late``.
        """
        for tries in range(1, _MOST_TRIES + 1):
            await self.found(tenant, asset_id)
            sequence = await self._facts.last_sequence(versions_of(asset_id))
            # What became ready a moment ago is played, and what was before it is not.
            _, ready = await self._facts.last(AssetReady, asset_id)
            await self._facts.folded(max(sequence, ready))
            row = await self.found(tenant, asset_id)
            fact = chosen(row.view, recipe, new_edit())
            if fact is None:
                return row
            try:
                await self._facts.state(fact, after=sequence, among=versions_of(asset_id))
            except Stale:
                if tries == _MOST_TRIES:
                    raise
            else:
                break
        return await self.found(tenant, asset_id)

    async def _stated(self, row: CatalogRow, fact: Fact | None) -> CatalogRow:
        if fact is None:
            return row
        await self._facts.state(fact)
        return await self.found(row.view.tenant, row.view.asset_id)


def _check(if_match: str, row: CatalogRow) -> None:
    if not matches(if_match, row.etag):
        raise Refused(412, "precondition_failed", "The asset was changed since; get it again.")
