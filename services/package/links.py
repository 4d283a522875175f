"""Links from one object to another: relative, so that an asset's folder can be served from anywhere. Pure."""

import posixpath


def relative(key: str, from_key: str) -> str:
    """Return the way from one key to another."""
    return posixpath.relpath(key, posixpath.dirname(from_key))
