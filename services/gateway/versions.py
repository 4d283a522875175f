"""An asset's versions as people see them, and which of them can be chosen. Pure."""

from contracts.v1 import VersionChosen
from services.gateway.documents import VersionDocument, VersionState
from services.gateway.edits import refuse_deleted
from services.gateway.refusals import Refused
from services.gateway.view import AssetView, Output, Version


def versions_of_view(view: AssetView) -> list[VersionDocument]:
    """Return every version of an asset: what is played, what is being made, then all others, the newest first."""
    current = [_document(view, "current" if view.hls_key else "making")] if view.recipe else []
    making = [_document(view.retry, "failed" if view.retry.failed_at else "making")] if view.retry else []
    return [*current, *making, *(_superseded(version) for version in reversed(view.versions))]


def chosen(view: AssetView, recipe: str, edit: str) -> VersionChosen | None:
    """Return the fact that an asset plays a version from now on, or None when it does already.

    Raises: Refused: ``asset_deleted``, ``version_missing``, ``version_not_ready``, ``version_removed``.
    """
    refuse_deleted(view)
    found = next((version for version in versions_of_view(view) if version.recipe == recipe), None)
    match None if found is None else found.state:
        case "current":
            return None
        case "kept":
            return VersionChosen(asset_id=view.asset_id, tenant=view.tenant, edit=edit, recipe=recipe)
        case "retired" | "removed":
            raise Refused(
                409, "version_removed", "The version was superseded long ago and removed; retry makes another."
            )
        case None:
            raise Refused(404, "version_missing", "The asset has no such version; GET its versions shows which it has.")
        case _:
            raise Refused(409, "version_not_ready", "The version never became ready; only one that did can be played.")


def _superseded(version: Version) -> VersionDocument:
    state: VersionState = "kept" if version.ready_at else "given_up"
    if version.retired_at is not None:
        state = "retired" if version.removed_at is None else "removed"
    return _document(version, state)


def _document(output: Output, state: VersionState) -> VersionDocument:
    return VersionDocument(
        recipe=output.recipe or "",
        state=state,
        engine=output.engine,
        profile=output.profile,
        planned_at=output.planned_at,
        made_at=output.ready_at,
        superseded_at=output.since if isinstance(output, Version) else None,
        size_bytes=sum(rendition.size_bytes for rendition in output.renditions),
    )
