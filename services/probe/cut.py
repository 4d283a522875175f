"""Whether a file was cut off: how large it says it is. Pure.

Source: RFC 8794 (EBML) §4 and §11.2, RFC 9559 (Matroska) §5.1; Microsoft's description of AVI RIFF files.
"""

_EBML = b"\x1aE\xdf\xa3"
_SEGMENT = b"\x18S\x80g"


def stated_size_bytes(beginning: bytes) -> int | None:
    """Return how large a Matroska or AVI file says it is, from its first bytes; None where nothing says so."""
    if beginning.startswith(_EBML):
        return _matroska_size_bytes(beginning)
    if beginning.startswith(b"RIFF") and beginning[8:12] == b"AVI ":
        return 8 + int.from_bytes(beginning[4:8], "little")
    return None


def _matroska_size_bytes(beginning: bytes) -> int | None:
    header, at = _vint(beginning, len(_EBML))
    segment = at + (header or 0)
    if beginning[segment : segment + len(_SEGMENT)] != _SEGMENT:
        return None
    content, at = _vint(beginning, segment + len(_SEGMENT))
    return None if content is None else at + content


def _vint(data: bytes, at: int) -> tuple[int | None, int]:
    """Return a variable-size integer and where it ends; None where it says that it is not known."""
    if at >= len(data) or not data[at]:
        return None, at
    length = 9 - data[at].bit_length()
    most = (1 << 7 * length) - 1
    value = int.from_bytes(data[at : at + length], "big") & most
    return (None if value == most else value), at + length
