"""Which facts follow from people's wishes, and which wishes cannot be met now. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec.structs import asdict

from contracts.profiles import Profile
from contracts.steps import RetryStep
from contracts.v1 import AssetDeleted, AssetDescribed, AssetRestored, AssetRetried
from services.gateway.asset_documents import DescriptionChange
from services.gateway.refusals import Refused
from services.gateway.view import AssetView

RESTORABLE_FOR = timedelta(days=30)
MOST_TAGS = 50

# Clocks differ: what is about to be purged is not restored at the last moment.
_LAST_MOMENT = timedelta(minutes=1)
_DESCRIBED = ("title", "description", "metadata", "tags", "category")


def described(view: AssetView, last: AssetDescribed | None, change: DescriptionChange, edit: str) -> AssetDescribed:
    """Return an asset's description after a change; ``last`` is the latest in the log, newer than the view perhaps."""
    before = {name: getattr(last or view, name) for name in _DESCRIBED}
    wanted = {name: value for name, value in asdict(change).items() if value is not None}
    after = before | wanted
    return AssetDescribed(
        asset_id=view.asset_id, tenant=view.tenant, edit=edit, **after | {"tags": list(dict.fromkeys(after["tags"]))}
    )


def retagged(
    view: AssetView, last: AssetDescribed | None, add: Iterable[str], remove: Iterable[str]
) -> DescriptionChange:
    """Return the change that adds and removes tags.

    Raises: Refused: ``too_many_tags``.
    """
    gone = set(remove)
    tags = [tag for tag in dict.fromkeys([*(last or view).tags, *add]) if tag not in gone]
    if len(tags) > MOST_TAGS:
        raise Refused(409, "too_many_tags", f"The asset would have more than {MOST_TAGS} tags; remove some.")
    return DescriptionChange(tags=tags)


def deleted(view: AssetView, edit: str, at: datetime, *, purge: bool) -> AssetDeleted | None:
    """Return the fact that an asset is deleted, or None when it is already."""
    purge_at = at if purge else at + RESTORABLE_FOR
    if view.purge_at is not None and view.purge_at <= purge_at:
        return None
    return AssetDeleted(asset_id=view.asset_id, tenant=view.tenant, edit=edit, purge_at=purge_at)


def restored(view: AssetView, edit: str, at: datetime) -> AssetRestored | None:
    """Return the fact that an asset is back, or None when it was not deleted.

    Raises: Refused: ``asset_purging``.
    """
    if view.purge_at is None:
        return None
    if view.purge_at - _LAST_MOMENT <= at:
        raise Refused(409, "asset_purging", "The asset is being purged; upload its file again.")
    return AssetRestored(asset_id=view.asset_id, tenant=view.tenant, edit=edit)


def retried(view: AssetView, edit: str, step: RetryStep, profile: Profile | None = None) -> AssetRetried:
    """Return the fact that an asset's work is to be done again, with another profile or with that of what is played.

    Raises: Refused: ``asset_deleted``, ``asset_waiting``, ``step_not_reached``, ``profile_without_encoding``.
    """
    refuse_deleted(view)
    encodes = step in ("probe", "encode")
    if profile is not None and not encodes:
        raise Refused(409, "profile_without_encoding", f"The step `{step}` encodes nothing; retry from `encode`.")
    if view.original is None:
        raise Refused(409, "asset_waiting", "The asset's file has not arrived; there is nothing to do again.")
    reached = {"probe": True, "encode": view.probe is not None}.get(step, view.recipe is not None)
    if not reached:
        raise Refused(409, "step_not_reached", f"The asset never came to the step `{step}`; retry from `probe`.")
    return AssetRetried(
        asset_id=view.asset_id,
        tenant=view.tenant,
        edit=edit,
        step=step,
        attempt=view.attempt + 1,
        recipe="" if encodes else _recipe_meant(view),
        profile=(profile or view.profile) if encodes else "",
    )


def _recipe_meant(view: AssetView) -> str:
    """Return whose pictures or playlists are to be made again: what is played, or else what is being made."""
    recipe = view.recipe if view.state == "ready" or view.retry is None else view.retry.recipe
    return recipe or ""


def refuse_deleted(view: AssetView) -> None:
    """Refuse what cannot be done to a deleted asset.

    Raises: Refused: ``asset_deleted``.
    """
    if view.deleted_at is not None:
        raise Refused(409, "asset_deleted", "The asset is deleted; restore it first.")


def refuse_not_ready(view: AssetView) -> str:
    """Refuse what only a ready asset can have done to it; return the recipe that it plays.

    Raises: Refused: ``asset_deleted``, ``asset_not_ready``.
    """
    refuse_deleted(view)
    if view.state != "ready" or view.recipe is None:
        raise Refused(409, "asset_not_ready", "The asset is not ready yet; try again when it is.")
    return view.recipe
