"""The audit log, for those who administer a tenant."""

from typing import Annotated

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from services.gateway.access_documents import AuditPage
from services.gateway.audit import Audit
from services.gateway.principal import Principal, needs

_LARGEST = 2**63 - 1


class AuditController(Controller):
    """Shows acts."""

    path = "/v1/audit"
    tags = ("audit",)
    guards = (needs("admin"),)

    @get(operation_id="list_acts")
    async def list_acts(
        self,
        principal: NamedDependency[Principal],
        audit: NamedDependency[Audit],
        before: Annotated[
            int | None, QueryParameter(ge=1, le=_LARGEST, description="Only acts before this one.")
        ] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=200, description="How many at most.")] = 50,
    ) -> AuditPage:
        """List who did what to keys, users, sessions, webhooks, assets and their playback, newest first."""
        return AuditPage(await audit.newest(principal.tenant, before, limit))
