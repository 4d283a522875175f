"""Assets: finding them, saying what they are, and taking them away."""

from typing import Annotated

from litestar import Controller, Response, delete, get, patch, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, HeaderParameter, JSONBody, QueryParameter

from services.gateway.asset_documents import DescriptionChange, RetryRequest
from services.gateway.assets import Assets
from services.gateway.catalog import Catalog
from services.gateway.controllers.searching import search_of
from services.gateway.decide import Documents, position_of
from services.gateway.documents import AssetDocument, AssetPage
from services.gateway.estimates import Estimates
from services.gateway.etags import matches, quoted
from services.gateway.imports import Imports
from services.gateway.principal import Principal, needs, tenant_meant
from services.gateway.problems import described
from services.gateway.refusals import Refused
from services.gateway.room import has_room
from services.gateway.search import Search
from services.gateway.upload_documents import ImportDocument, ImportRequest
from services.gateway.view import CatalogRow

Limit = Annotated[int, QueryParameter(ge=1, le=200, description="How many at most.")]
Cursor = Annotated[str | None, QueryParameter(description="The `next_cursor` of the page before.")]
TenantFilter = Annotated[
    str | None,
    QueryParameter(
        pattern=r"^([a-z0-9-]{1,32}|\*)$", description="For the operator: whose; `*` are those of all tenants."
    ),
]
IfMatch = Annotated[str | None, HeaderParameter(name="If-Match", description="An `ETag`: refuse if it is another.")]
IfNoneMatch = Annotated[
    str | None, HeaderParameter(name="If-None-Match", description="An `ETag`: answer 304 if it is still this.")
]
Purge = Annotated[bool, QueryParameter(description="At once and for good; needs the scope `admin`.")]

_MISSING = described("The tenant has none of this id.")
_REFUSED = described("Not in the state that the asset is in.")
_CHECKED = "private, no-cache"


class AssetController(Controller):
    """Answers queries and takes wishes."""

    path = "/v1/assets"
    tags = ("assets",)
    guards = (needs("read"),)

    @get(
        operation_id="list_assets",
        dependencies={"search": Provide(search_of, sync_to_thread=False)},
        responses={400: described("The parameters are wrong."), 403: described("The tenant is not yours.")},
    )
    async def list_assets(
        self,
        *,
        principal: NamedDependency[Principal],
        catalog: NamedDependency[Catalog],
        documents: NamedDependency[Documents],
        search: NamedDependency[Search],
        limit: Limit = 50,
        cursor: Cursor = None,
        tenant: TenantFilter = None,
    ) -> AssetPage:
        """List assets, newest first."""
        after = None if cursor is None else position_of(cursor)
        found = await catalog.newest(tenant_meant(principal, tenant), limit + 1, search, after)
        return documents.page(found, limit, await catalog.matches(found[:limit], search.text))

    @post(
        operation_id="import_asset",
        status_code=202,
        guards=[needs("write"), has_room],
        responses={
            400: described("The request is wrong."),
            507: described("There is no room for originals just now."),
        },
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
        responses={400: described("The id is wrong."), 404: _MISSING},
    )
    async def get_asset(
        self,
        asset_id: FromPath[str],
        principal: NamedDependency[Principal],
        assets: NamedDependency[Assets],
        documents: NamedDependency[Documents],
        estimates: NamedDependency[Estimates],
        if_none_match: IfNoneMatch = None,
    ) -> Response[AssetDocument | None]:
        """Return one asset; right after its upload it may take a moment to appear."""
        row = await assets.found(principal.tenant, asset_id)
        estimate = await estimates.of(row.view)
        # An estimate changes while nothing of the asset does.
        if estimate is None and if_none_match is not None and matches(if_none_match, row.etag):
            return Response(None, status_code=304, headers=_headers(row))
        return Response(documents.asset(row, estimate), headers=_headers(row))

    @patch(
        "/{asset_id:str}",
        operation_id="describe_asset",
        guards=[needs("write")],
        responses={400: described("The request is wrong."), 404: _MISSING, 412: described("Changed since.")},
    )
    async def describe_asset(
        self,
        asset_id: FromPath[str],
        data: JSONBody[DescriptionChange],
        principal: NamedDependency[Principal],
        assets: NamedDependency[Assets],
        documents: NamedDependency[Documents],
        if_match: IfMatch = None,
    ) -> Response[AssetDocument | None]:
        """Change title, description, metadata, tags or category; what is left out stays."""
        row = await assets.describe(principal.tenant, asset_id, lambda *_: data, if_match)
        return _answer(documents, row)

    @delete(
        "/{asset_id:str}",
        operation_id="delete_asset",
        guards=[needs("write")],
        status_code=200,
        responses={400: described("The id is wrong."), 404: _MISSING},
    )
    async def delete_asset(
        self,
        asset_id: FromPath[str],
        principal: NamedDependency[Principal],
        assets: NamedDependency[Assets],
        documents: NamedDependency[Documents],
        purge: Purge = False,
    ) -> Response[AssetDocument | None]:
        """Take an asset out of playback; for 30 days it can be restored, then nothing of it is left."""
        if purge and not principal.may("admin"):
            raise Refused(403, "scope_missing", "Purging needs the scope `admin`, which these credentials do not have.")
        return _answer(documents, await assets.delete(principal, asset_id, purge=purge))

    @post(
        "/{asset_id:str}/restore",
        operation_id="restore_asset",
        guards=[needs("write")],
        status_code=200,
        responses={400: described("The id is wrong."), 404: _MISSING, 409: _REFUSED},
    )
    async def restore_asset(
        self,
        asset_id: FromPath[str],
        principal: NamedDependency[Principal],
        assets: NamedDependency[Assets],
        documents: NamedDependency[Documents],
    ) -> Response[AssetDocument | None]:
        """Bring a deleted asset back; it plays again a moment later."""
        return _answer(documents, await assets.restore(principal, asset_id))

    @post(
        "/{asset_id:str}/retry",
        operation_id="retry_asset",
        guards=[needs("write")],
        status_code=202,
        responses={400: described("The request is wrong."), 404: _MISSING, 409: _REFUSED},
    )
    async def retry_asset(
        self,
        asset_id: FromPath[str],
        data: JSONBody[RetryRequest],
        principal: NamedDependency[Principal],
        assets: NamedDependency[Assets],
        documents: NamedDependency[Documents],
    ) -> Response[AssetDocument | None]:
        """Have an asset's work done again from a step on; what plays now plays until the new is ready."""
        return _answer(documents, await assets.retry(principal.tenant, asset_id, data.step, data.profile), status=202)


def _answer(documents: Documents, row: CatalogRow, status: int = 200) -> Response[AssetDocument | None]:
    return Response(documents.asset(row), status_code=status, headers=_headers(row))


def _headers(row: CatalogRow) -> dict[str, str]:
    return {"ETag": quoted(row.etag), "Cache-Control": _CHECKED}
