"""Where outputs are found: in the store or at the CDN before it, or behind a token at the gateway. Pure."""

from urllib.parse import quote

from contracts.keys import PRIVATE, is_private

TOKEN = "{token}"  # noqa: S105 (what stands in for one)
"""Stands where a playback token goes, for those who sign their own."""


class Links:
    """Makes URLs of keys."""

    def __init__(self, public_url: str, gateway_url: str) -> None:
        """Link below ``public_url``, where keys begin, or below the gateway's own URL."""
        self._public_url = public_url
        self._gateway_url = gateway_url

    def to(self, key: str, token: str = TOKEN) -> str:
        """Return an output's URL; ``token`` opens it where it is private."""
        if is_private(key):
            return f"{self._gateway_url}/v1/playback/{token}/{quote(key.removeprefix(PRIVATE))}"
        return f"{self._public_url}/{quote(key)}"
