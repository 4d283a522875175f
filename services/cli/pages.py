"""Lists of the gateway that go on after the last id of a page."""

from typing import Any

from services.cli.gateway import send
from services.cli.target import Target

_PAGE = 200


async def listed(target: Target, path: str, things: str, by: str, *, tenant: str | None = None) -> list[dict[str, Any]]:
    """Return all ``things`` of a list that is in the order of their field ``by``.

    Raises: CommandError: the gateway does not answer, or answers with a problem.
    """
    found: list[dict[str, Any]] = []
    while True:
        after = {"after": found[-1][by]} if found else {}
        page = (await send(target, "GET", path, parameters={"limit": _PAGE, **after}, tenant=tenant))[things]
        found += page
        if len(page) < _PAGE:
            return found
