"""RFC 6381 codec strings, read from what a decoder will read. Pure."""


def avc_codecs(init: bytes) -> str:
    """Return ``avc1.`` with profile, constraints and level of the ``avcC`` box.

    Source: RFC 6381 §3.3, ISO/IEC 14496-15 §5.3.3.1.2.
    """
    record = init.index(b"avcC") + 4
    return f"avc1.{init[record + 1 : record + 4].hex()}"


def aac_codecs(specific_config: bytes) -> str:
    """Return ``mp4a.40.`` with the object type of an AudioSpecificConfig.

    Source: RFC 6381 §3.3, ISO/IEC 14496-3 §1.6.2.1.
    """
    return f"mp4a.40.{specific_config[0] >> 3}"
