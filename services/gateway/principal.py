"""Who asks, and what they may do."""

from collections.abc import Callable
from typing import Any, Literal

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from msgspec import Struct

from contracts.keys import DEFAULT_TENANT

Scope = Literal["read", "write", "admin", "playback:sign"]
Guard = Callable[[ASGIConnection[Any, Any, Any, Any], BaseRouteHandler], None]


class Principal(Struct, frozen=True):
    """Somebody of a tenant."""

    tenant: str
    scopes: frozenset[Scope]
    subject: str


def needs(scope: Scope) -> Guard:  # noqa: ARG001 (everybody may do everything until there are keys)
    """Return a guard that lets through who has a scope."""
    return lambda _connection, _handler: None


def anybody() -> Principal:
    """Return the one principal there is."""
    return Principal(DEFAULT_TENANT, frozenset({"admin"}), "anybody")
