"""Signed headers of webhooks. Pure.

Source: Standard Webhooks 1.0.0, https://github.com/standard-webhooks/standard-webhooks.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable

SECRET_PREFIX = "whsec_"  # noqa: S105 (what secrets begin with)


def message_id(sequence: int) -> str:
    """Return the id by which a receiver knows an event that it already had."""
    return f"msg_{sequence}"


def signed_headers(sequence: int, at_s: int, body: bytes, secrets: Iterable[str]) -> dict[str, str]:
    """Return the headers of a delivery; while a secret is being replaced, each of the two signs."""
    signatures = [_signature(f"{message_id(sequence)}.{at_s}.".encode() + body, secret) for secret in secrets]
    return {
        "Content-Type": "application/json",
        "webhook-id": message_id(sequence),
        "webhook-timestamp": str(at_s),
        "webhook-signature": " ".join(signatures),
    }


def _signature(content: bytes, secret: str) -> str:
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    return f"v1,{base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()}"
