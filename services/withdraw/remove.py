"""Consumes ``version.retired``; produces ``version.removed``: a listing has shown that nothing is left of it."""

from contracts.v1 import VersionRemoved, VersionRetired
from services.runtime.errors import HeadraceError
from services.runtime.inject import StoreDep
from services.withdraw.objects import sweep_version


async def remove_version(event: VersionRetired, store: StoreDep) -> VersionRemoved:
    """Delete what was made of an asset under a recipe; done twice, it finds nothing the second time."""
    objects = await sweep_version(store, event.asset_id, event.recipe)
    return VersionRemoved(asset_id=event.asset_id, tenant=event.tenant, recipe=event.recipe, objects=objects)


def still_retired(event: VersionRetired, _: HeadraceError) -> VersionRetired:
    """Return what stands when a removal is given up: no asset failed, and ``reconcile`` asks for it again."""
    return event
