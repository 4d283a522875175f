"""Versions: what was made of an asset under each recipe, and which of it is played."""

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.gateway.assets import Assets
from services.gateway.decide import Documents
from services.gateway.documents import AssetDocument, VersionList
from services.gateway.principal import Principal, needs
from services.gateway.problems import described
from services.gateway.versions import versions_of_view

_MISSING = described("The tenant has none of this id, or the asset no such version.")


class VersionController(Controller):
    """Lists versions, and takes choices."""

    path = "/v1/assets/{asset_id:str}/versions"
    tags = ("assets",)
    guards = (needs("read"),)

    @get(operation_id="list_versions", responses={400: described("The id is wrong."), 404: _MISSING})
    async def list_versions(
        self, asset_id: FromPath[str], principal: NamedDependency[Principal], assets: NamedDependency[Assets]
    ) -> VersionList:
        """List what is played, what is being made, and what was superseded, kept for a while and then removed."""
        return VersionList(versions_of_view((await assets.found(principal.tenant, asset_id)).view))

    @post(
        "/{recipe:str}/activate",
        operation_id="activate_version",
        guards=[needs("write")],
        status_code=200,
        responses={
            400: described("The id is wrong."),
            404: _MISSING,
            409: described("The version was removed, or never became ready, or the asset is deleted."),
        },
    )
    async def activate_version(
        self,
        asset_id: FromPath[str],
        recipe: FromPath[str],
        principal: NamedDependency[Principal],
        assets: NamedDependency[Assets],
        documents: NamedDependency[Documents],
    ) -> Response[AssetDocument]:
        """Play another version from now on, back or forward; the one that is played now is kept."""
        row = await assets.activate(principal.tenant, asset_id, recipe)
        return Response(documents.asset(row), status_code=200)
