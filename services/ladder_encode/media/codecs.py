"""RFC 6381 codec strings, read from what a decoder will read. Pure."""


def avc_codecs(init: bytes) -> str:
    """Return ``avc1.`` with profile, constraints and level of the ``avcC`` box.

    Source: RFC 6381 §3.3, ISO/IEC 14496-15 §5.3.3.1.2.
    """
    record = init.index(b"avcC") + 4
    return f"avc1.{init[record + 1 : record + 4].hex()}"


def hevc_codecs(init: bytes) -> str:
    """Return ``hvc1.`` with profile, compatibility, tier, level and constraints of the ``hvcC`` box.

    Source: ISO/IEC 14496-15 §E.3.
    """
    record = init.index(b"hvcC") + 4
    space, tier, profile = init[record + 1] >> 6, init[record + 1] >> 5 & 1, init[record + 1] & 31
    compatibility = int(f"{int.from_bytes(init[record + 2 : record + 6], 'big'):032b}"[::-1], 2)
    constraints = init[record + 6 : record + 12].rstrip(b"\0")
    parts = [
        f"{'ABC'[space - 1] if space else ''}{profile}",
        f"{compatibility:X}",
        f"{'H' if tier else 'L'}{init[record + 12]}",
        *(f"{constraint:X}" for constraint in constraints),
    ]
    return f"hvc1.{'.'.join(parts)}"


def av1_codecs(init: bytes) -> str:
    """Return ``av01.`` with profile, level, tier and bit depth of the ``av1C`` box; colours where not BT.709.

    Source: AV1 Codec ISO Media File Format Binding §5 (codecs parameter string).
    """
    record = init.index(b"av1C") + 4
    profile, level = init[record + 1] >> 5, init[record + 1] & 31
    flags = init[record + 2]
    tier, depth = "H" if flags & 0x80 else "M", 10 if flags & 0x40 else 8
    main = f"av01.{profile}.{level:02d}{tier}.{depth:02d}"
    colours = init.index(b"colrnclx") + 8
    points = [int.from_bytes(init[at : at + 2], "big") for at in range(colours, colours + 6, 2)]
    if points == [1, 1, 1]:
        return main
    subsampling = f"{flags >> 3 & 1}{flags >> 2 & 1}{flags & 3}"
    return f"{main}.0.{subsampling}.{'.'.join(f'{point:02d}' for point in points)}.0"


def aac_codecs(specific_config: bytes) -> str:
    """Return ``mp4a.40.`` with the object type of an AudioSpecificConfig.

    Source: RFC 6381 §3.3, ISO/IEC 14496-3 §1.6.2.1.
    """
    return f"mp4a.40.{specific_config[0] >> 3}"


def aac_channel_configuration(specific_config: bytes) -> int:
    """Return which channels an AudioSpecificConfig says there are; 0: the sound itself says it.

    Source: ISO/IEC 14496-3 §1.6.2.1, §1.6.3.5.
    """
    bits = f"{int.from_bytes(specific_config):0{8 * len(specific_config)}b}"
    # A rate that is none of the usual ones takes 24 bits more.
    begin = 9 if bits[5:9] != "1111" else 33
    return int(bits[begin : begin + 4] or "0", 2)
