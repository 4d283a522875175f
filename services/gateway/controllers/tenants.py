"""Tenants: made, listed and given their shares by the operator."""

from typing import Annotated

from litestar import Controller, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from services.gateway.access_documents import TenantChange, TenantDocument, TenantList, TenantRequest
from services.gateway.principal import Principal, for_operator
from services.gateway.problems import described
from services.gateway.tenants import Tenants


class TenantController(Controller):
    """Keeps tenants."""

    path = "/v1/tenants"
    tags = ("tenants",)
    guards = (for_operator,)

    @post(operation_id="create_tenant", responses={409: described("There is one of this id already.")})
    async def create_tenant(
        self, data: JSONBody[TenantRequest], principal: NamedDependency[Principal], tenants: NamedDependency[Tenants]
    ) -> TenantDocument:
        """Make a tenant, so that it can have keys and users."""
        return await tenants.add(data.tenant, principal.subject)

    @patch(
        "/{tenant:str}",
        operation_id="change_tenant",
        responses={400: described("The request is wrong."), 404: described("There is none of this id.")},
    )
    async def change_tenant(
        self,
        tenant: FromPath[str],
        data: JSONBody[TenantChange],
        principal: NamedDependency[Principal],
        tenants: NamedDependency[Tenants],
    ) -> TenantDocument:
        """Change a tenant's share of the work, and how much of it is done at once; it holds within seconds."""
        return await tenants.change(tenant, data, principal.subject)

    @get(operation_id="list_tenants")
    async def list_tenants(
        self,
        tenants: NamedDependency[Tenants],
        after: Annotated[str, QueryParameter(max_length=32, description="Only ids after this one.")] = "",
        limit: Annotated[int, QueryParameter(ge=1, le=200, description="How many at most.")] = 50,
    ) -> TenantList:
        """List tenants by id."""
        return TenantList(await tenants.listed(after, limit))
