"""Who asks: what every handler is given, and what a route demands of it."""

from typing import Any, Literal, get_args

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.types import Guard
from msgspec import Struct

from services.gateway.refusals import Refused

Scope = Literal["read", "write", "admin", "playback:sign"]
SCOPES: tuple[Scope, ...] = get_args(Scope)

DEFAULT_TENANT = "default"
EVERY_TENANT = "*"
PUBLIC = {"public": True}
"""What a handler gives as ``opt`` to answer everybody."""

AnyConnection = ASGIConnection[Any, Any, Any, Any]


class Holder(Struct, frozen=True):
    """What credentials give; ``tenant`` None means every tenant, ``session_id`` is that of a user's session."""

    tenant: str | None
    scopes: frozenset[Scope]
    subject: str
    session_id: str | None = None


class Admitted(Struct, frozen=True):
    """Who may ask a route once more, and headers that tell how often still."""

    holder: Holder
    rate_headers: dict[str, str]


class Principal(Struct, frozen=True):
    """Who asks; ``subject`` is the id of a key or a user, ``operator`` one who may name any tenant."""

    tenant: str
    scopes: frozenset[Scope]
    subject: str
    operator: bool = False

    def may(self, scope: Scope) -> bool:
        """Tell whether the scope is held; ``admin`` holds all."""
        return scope in self.scopes or "admin" in self.scopes


def tenant_meant(principal: Principal, asked: str | None) -> str | None:
    """Return the tenant that a list is to be of, None for every tenant, which is for the operator alone.

    Raises: Refused: ``tenant_not_yours``.
    """
    if asked is None or asked == principal.tenant:
        return principal.tenant
    if not principal.operator:
        raise Refused(403, "tenant_not_yours", "These credentials are of one tenant; leave `tenant` out.")
    return None if asked == EVERY_TENANT else asked


def needs(scope: Scope) -> Guard:
    """Return the guard of a route for those who hold a scope in their tenant."""

    def guard(connection: AnyConnection, _: BaseRouteHandler) -> None:
        if not connection.user.may(scope):
            raise Refused(403, "scope_missing", f"This needs the scope `{scope}`, which these credentials do not have.")

    return guard


def for_all(connection: AnyConnection, _: BaseRouteHandler) -> None:
    """Guard a route for everybody whose credentials are good, whatever their scopes."""
    assert connection.user


def for_operator(connection: AnyConnection, handler: BaseRouteHandler) -> None:
    """Guard a route for the operator of all tenants, who needs the scope ``admin`` too.

    Raises: Refused: ``operator_only``, ``scope_missing``.
    """
    if not connection.user.operator:
        raise Refused(403, "operator_only", "Only the operator of this Headrace may do this; use the operator's key.")
    needs("admin")(connection, handler)


def principal_of(request: AnyConnection) -> Principal:
    """Return who asks; the dependency ``principal`` of handlers."""
    principal: Principal = request.user
    return principal


def holder_of(request: AnyConnection) -> Holder:
    """Return what the credentials give; the dependency ``holder`` of handlers."""
    holder: Holder = request.auth
    return holder
