"""Tenants: made and listed by the operator."""

from typing import Annotated

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

from services.gateway.access_documents import TenantDocument, TenantList, TenantRequest
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

    @get(operation_id="list_tenants")
    async def list_tenants(
        self,
        tenants: NamedDependency[Tenants],
        after: Annotated[str, QueryParameter(max_length=32, description="Only ids after this one.")] = "",
        limit: Annotated[int, QueryParameter(ge=1, le=200, description="How many at most.")] = 50,
    ) -> TenantList:
        """List tenants by id."""
        return TenantList(await tenants.listed(after, limit))
