"""Refuses new originals while disks are nearly full; what has begun may end."""

from litestar.handlers import BaseRouteHandler

from services.gateway.principal import AnyConnection
from services.gateway.refusals import Refused
from services.runtime import disk

_LATER_S = "60"


def has_room(connection: AnyConnection, _: BaseRouteHandler) -> None:
    """Guard a route by which originals come.

    Raises: Refused: ``storage_full``.
    """
    if disk.REASON in connection.app.state.intake.reasons:
        said = "There is no room for new files just now; try again later, or have the operator free some space."
        raise Refused(507, "storage_full", said, {"Retry-After": _LATER_S})
