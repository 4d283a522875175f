"""Conditional requests: whether an asset is the one that somebody has seen. Pure.

Source: RFC 9110 §8.8.3, §13.1.
"""


def quoted(etag: str) -> str:
    """Return an entity tag as headers hold it."""
    return f'"{etag}"'


def matches(header: str, etag: str) -> bool:
    """Tell whether ``If-Match`` or ``If-None-Match`` names a tag.

    A tag that a proxy made weak, as some do when they compress an answer, is the same.
    """
    named = [tag.strip().removeprefix("W/") for tag in header.split(",")]
    return "*" in named or quoted(etag) in named
