"""Assets: what the catalog knows of them."""

from typing import Annotated

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from services.gateway.catalog import Catalog
from services.gateway.decide import Documents, position_of
from services.gateway.documents import AssetDocument, AssetPage, AssetState
from services.gateway.imports import Imports
from services.gateway.principal import Principal, needs
from services.gateway.problems import described
from services.gateway.refusals import Refused
from services.gateway.upload_documents import ImportDocument, ImportRequest

Limit = Annotated[int, QueryParameter(ge=1, le=200, description="How many at most.")]
Cursor = Annotated[str | None, QueryParameter(description="The `next_cursor` of the page before.")]
StateFilter = Annotated[AssetState | None, QueryParameter(name="state", description="Only assets in this state.")]


class AssetController(Controller):
    """Answers queries."""

    path = "/v1/assets"
    tags = ("assets",)
    guards = (needs("read"),)

    @get(operation_id="list_assets", responses={400: described("The parameters are wrong.")})
    async def list_assets(
        self,
        principal: NamedDependency[Principal],
        catalog: NamedDependency[Catalog],
        documents: NamedDependency[Documents],
        limit: Limit = 50,
        cursor: Cursor = None,
        state_: StateFilter = None,
    ) -> AssetPage:
        """List assets, newest first."""
        after = None if cursor is None else position_of(cursor)
        return documents.page(await catalog.newest(principal.tenant, limit + 1, state_, after), limit)

    @post(
        operation_id="import_asset",
        status_code=202,
        guards=[needs("write")],
        responses={400: described("The request is wrong.")},
    )
    async def import_asset(
        self,
        data: JSONBody[ImportRequest],
        principal: NamedDependency[Principal],
        imports: NamedDependency[Imports],
    ) -> ImportDocument:
        """Have a file fetched from a URL; the asset waits until it is there, or fails with the reason."""
        return ImportDocument(await imports.order(principal.tenant, data))

    @get(
        "/{asset_id:str}",
        operation_id="get_asset",
        responses={400: described("The id is wrong."), 404: described("The tenant has none of this id.")},
    )
    async def get_asset(
        self,
        asset_id: FromPath[str],
        principal: NamedDependency[Principal],
        catalog: NamedDependency[Catalog],
        documents: NamedDependency[Documents],
    ) -> AssetDocument:
        """Return one asset; right after its upload it may take a moment to appear."""
        # What is no word, such as a NUL, PostgreSQL would not even look for.
        row = await catalog.asset(principal.tenant, asset_id) if asset_id.isalnum() else None
        if row is None:
            raise Refused(404, "asset_missing", "There is no such asset, or its file has not arrived yet.")
        return documents.asset(row)
