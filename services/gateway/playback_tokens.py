"""Tokens that open one asset's outputs for a while; anybody who holds a signing key can make them, offline.

``<key id>.<expires>.<signature>``: ``expires`` is in seconds since 1970, UTC. The signature is the HMAC-SHA256 of the
ASCII text ``<key id>.<expires>.<asset id>`` under the key's secret, which is the text that was shown, as ASCII, too;
it is written in base64url (RFC 4648 §5) without padding. A token stands in the path, so that relative links keep it:
``/v1/playback/<token>/<asset id>/<recipe>/index.m3u8``.
"""

import base64
import hashlib
import hmac
import re
from datetime import UTC, datetime
from typing import NamedTuple

_SHAPE = re.compile(r"(sk_[0-9a-f]{16})\.([0-9]{1,11})\.([A-Za-z0-9_-]{43})")


class PlaybackToken(NamedTuple):
    """A token that may or may not be genuine."""

    key_id: str
    expires: int
    signature: str

    @property
    def text(self) -> str:
        """Return what stands in URLs."""
        return f"{self.key_id}.{self.expires}.{self.signature}"

    @property
    def expires_at(self) -> datetime:
        """Return when it ceases to open anything."""
        return datetime.fromtimestamp(self.expires, UTC)

    def opens(self, asset_id: str, secret: str) -> bool:
        """Tell, in constant time, whether it was signed for an asset with a secret; it may have expired."""
        return hmac.compare_digest(self.signature, _signature(self.key_id, self.expires, asset_id, secret))


def signed(key_id: str, secret: str, asset_id: str, expires: int) -> PlaybackToken:
    """Return a new token."""
    return PlaybackToken(key_id, expires, _signature(key_id, expires, asset_id, secret))


def token_of(text: str) -> PlaybackToken | None:
    """Return the token that a text is, or None when it is none."""
    found = _SHAPE.fullmatch(text)
    return PlaybackToken(found[1], int(found[2]), found[3]) if found else None


def _signature(key_id: str, expires: int, asset_id: str, secret: str) -> str:
    digest = hmac.digest(secret.encode(), f"{key_id}.{expires}.{asset_id}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
