"""The guard of every route: finds out who asks, or refuses; only routes that say ``PUBLIC`` answer everybody."""

import re

from litestar.handlers import BaseRouteHandler

from services.gateway.addresses import Addresses, address_of
from services.gateway.credentials import Credential, credential_of
from services.gateway.keys import Keys
from services.gateway.origins import Origins
from services.gateway.principal import DEFAULT_TENANT, Admitted, AnyConnection, Holder, Principal
from services.gateway.rates import Limits
from services.gateway.refusals import Refused
from services.gateway.sessions import Sessions

TENANT_HEADER = "Headrace-Tenant"
COOKIE = "headrace_session"

_TENANT = re.compile(r"[a-z0-9-]{1,32}")
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="headrace"'}


class Authentication:
    """Knows the holders of credentials, and how much each may ask."""

    def __init__(self, keys: Keys, sessions: Sessions, origins: Origins, limits: Limits) -> None:
        """Look keys and tokens up."""
        self._keys = keys
        self._sessions = sessions
        self._origins = origins
        self._limits = limits
        self._addresses = Addresses()

    async def __call__(self, connection: AnyConnection, handler: BaseRouteHandler) -> None:
        """Set the connection's user, and the headers that tell of the limit.

        Raises: Refused: ``credentials_missing``, ``credentials_invalid``, ``origin_refused``, ``tenant_invalid``,
        ``tenant_not_yours``, ``rate_limited``. Transient: ``database_unavailable``.
        """
        route = f"{connection.scope.get('method')} {connection.scope['path_template']}"
        if handler.opt.get("public"):
            is_playback = handler.opt.get("playback")
            rate = self._limits.playback if is_playback else self._limits.of_address
            told = self._addresses.take(address_of(connection), route, rate, handler.opt.get("refusal_headers"))
        else:
            admitted = await self._admitted(connection, route)
            connection.scope["auth"] = admitted.holder
            connection.scope["user"] = principal_for(admitted.holder, connection.headers.get(TENANT_HEADER))
            told = admitted.rate_headers
        connection.scope["state"]["rate_headers"] = told

    async def _admitted(self, connection: AnyConnection, route: str) -> Admitted:
        scheme, _, text = connection.headers.get("authorization", "").partition(" ")
        cookie = connection.cookies.get(COOKIE)
        if scheme.lower() != "bearer" and cookie is None:
            message = "Send an API key as `Authorization: Bearer hr_…`; `headrace keys create` makes one."
            raise self._nobody(connection, "credentials_missing", message)
        if scheme.lower() != "bearer":
            self._origins.check(connection)
            text = cookie or ""
        credential = credential_of(text.strip())
        wanted = ("hr_", "ha_") if scheme.lower() == "bearer" else ("hc_",)
        found = await self._find(credential, route) if credential and credential.identifier.startswith(wanted) else None
        if found is None:
            message = "These credentials are not known here, revoked or expired; use others, or log in again."
            raise self._nobody(connection, "credentials_invalid", message)
        return found

    async def _find(self, credential: Credential, route: str) -> Admitted | None:
        among = self._keys if credential.identifier.startswith("hr_") else self._sessions
        return await among.admitted(credential, route, self._limits.of_holder)

    def _nobody(self, connection: AnyConnection, code: str, message: str) -> Refused:
        """Return the refusal of who showed no good credentials, as long as that does not happen too often.

        Raises: Refused: ``rate_limited``.
        """
        self._addresses.take(address_of(connection), "no credentials", self._limits.of_address)
        return Refused(401, code, message, _CHALLENGE)


def principal_for(holder: Holder, asked_tenant: str | None) -> Principal:
    """Return who asks, in the tenant of the credentials or, for an operator, in the one that is asked for.

    Raises: Refused: ``tenant_invalid``, ``tenant_not_yours``.
    """
    if asked_tenant is not None and not _TENANT.fullmatch(asked_tenant):
        raise Refused(400, "tenant_invalid", "A tenant's id has 1 to 32 letters a-z, digits and hyphens.")
    if holder.tenant is None:
        return Principal(asked_tenant or DEFAULT_TENANT, holder.scopes, holder.subject, operator=True)
    if asked_tenant not in {None, holder.tenant}:
        raise Refused(403, "tenant_not_yours", f"These credentials are of another tenant; leave {TENANT_HEADER} out.")
    return Principal(holder.tenant, holder.scopes, holder.subject)
