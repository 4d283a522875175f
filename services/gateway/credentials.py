"""Credentials as text: ``<kind>_<id>_<secret>``, such as ``hr_0123456789abcdef_…`` for an API key."""

import hashlib
import re
import secrets
from typing import Literal, NamedTuple

Kind = Literal["hr", "ha", "hf", "hc"]
"""API key, access token, refresh token, cookie."""

_SHAPE = re.compile(r"(h[rafc]_[0-9a-f]{16})_([0-9a-f]{64})")


class Credential(NamedTuple):
    """A credential in two halves: ``identifier`` may be shown, ``secret`` is kept only as its hash."""

    identifier: str
    secret: str

    @property
    def text(self) -> str:
        """Return what its owner sends."""
        return f"{self.identifier}_{self.secret}"

    @property
    def secret_hash(self) -> bytes:
        """Return what the database keeps: SHA-256, as the secret has 256 random bits."""
        return hashlib.sha256(self.secret.encode()).digest()


def new_credential(kind: Kind) -> Credential:
    """Return a new random credential."""
    return Credential(f"{kind}_{secrets.token_hex(8)}", secrets.token_hex(32))


def credential_of(text: str) -> Credential | None:
    """Return the credential that a text is, or None when it is none."""
    found = _SHAPE.fullmatch(text)
    return Credential(*found.groups()) if found else None
