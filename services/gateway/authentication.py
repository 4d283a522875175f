"""The guard of every route: finds out who asks, or refuses; only routes that say ``PUBLIC`` answer everybody."""

import re

from litestar.handlers import BaseRouteHandler

from services.gateway.credentials import credential_of
from services.gateway.keys import Holder, Keys
from services.gateway.principal import DEFAULT_TENANT, AnyConnection, Principal
from services.gateway.refusals import Refused

TENANT_HEADER = "Headrace-Tenant"

_TENANT = re.compile(r"^[a-z0-9-]{1,32}$")
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="headrace"'}


class Authentication:
    """Knows the holders of credentials."""

    def __init__(self, keys: Keys) -> None:
        """Look API keys up."""
        self._keys = keys

    async def __call__(self, connection: AnyConnection, handler: BaseRouteHandler) -> None:
        """Set the connection's user.

        Raises: Refused: ``credentials_missing``, ``credentials_invalid``, ``tenant_invalid``, ``tenant_not_yours``.
        Transient: ``database_unavailable``.
        """
        if handler.opt.get("public"):
            return
        holder = await self._holder(connection)
        connection.scope["user"] = principal_for(holder, connection.headers.get(TENANT_HEADER))

    async def _holder(self, connection: AnyConnection) -> Holder:
        scheme, _, text = connection.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            message = "Send an API key as `Authorization: Bearer hr_…`; `headrace keys create` makes one."
            raise Refused(401, "credentials_missing", message, _CHALLENGE)
        credential = credential_of(text.strip())
        holder = await self._keys.holder(credential) if credential else None
        if holder is None:
            message = "This key is not known here, or was revoked; use another."
            raise Refused(401, "credentials_invalid", message, _CHALLENGE)
        return holder


def principal_for(holder: Holder, asked_tenant: str | None) -> Principal:
    """Return who asks, in the tenant of the credentials or, for an operator, in the one that is asked for.

    Raises: Refused: ``tenant_invalid``, ``tenant_not_yours``.
    """
    if asked_tenant is not None and not _TENANT.match(asked_tenant):
        raise Refused(400, "tenant_invalid", "A tenant's id has 1 to 32 letters a-z, digits and hyphens.")
    if holder.tenant is None:
        return Principal(asked_tenant or DEFAULT_TENANT, holder.scopes, holder.subject, operator=True)
    if asked_tenant not in {None, holder.tenant}:
        raise Refused(403, "tenant_not_yours", f"These credentials are of another tenant; leave {TENANT_HEADER} out.")
    return Principal(holder.tenant, holder.scopes, holder.subject)
