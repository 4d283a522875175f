"""Pages that may act with the session cookie: the gateway's own, and those that ``HEADRACE_CORS_ORIGINS`` names.

The cookie is SameSite=Lax, so other sites' forms and scripts do not carry it along but for plain navigation, which
changes nothing here. What would still carry it, such as a page of another subdomain, is told by its ``Origin``, which
browsers send with every request that changes something and which scripts cannot set.
"""

from urllib.parse import urlsplit

from services.gateway.principal import AnyConnection
from services.gateway.refusals import Refused

_SAFE = {"GET", "HEAD", "OPTIONS"}


class Origins:
    """Knows the origins of pages."""

    def __init__(self, allowed: list[str]) -> None:
        """Allow these besides the gateway's own; ``*`` among them allows no page to act with a cookie."""
        self._allowed = {origin for origin in allowed if origin != "*"}

    def check(self, connection: AnyConnection) -> None:
        """Let only a known page change something.

        Raises: Refused: ``origin_refused``.
        """
        if connection.scope.get("method") in _SAFE:
            return
        origin = connection.headers.get("origin", "")
        if origin not in self._allowed and (not origin or urlsplit(origin).netloc != connection.headers.get("host")):
            message = "A page of another origin may not do this with the session cookie; send an API key or a token."
            raise Refused(403, "origin_refused", message)
