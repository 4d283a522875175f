"""The playlist of a rendition's key pictures, by which players show pictures while somebody seeks. Pure.

It is written once, when its rendition is complete. While an asset grows it would have to state a bandwidth that no
later picture exceeds, and of key pictures none is planned; and players read the playlist that lists it only once.

Source: RFC 8216 §4.3.3.6 (EXT-X-I-FRAMES-ONLY), §4.3.4.3 (EXT-X-I-FRAME-STREAM-INF).
"""

import math
from fractions import Fraction

from contracts.keys import iframes_key, init_key, multivariant_key, segment_key
from contracts.v1 import AssetPlanned, Rung
from services.package.bandwidth import measure_iframes
from services.package.fold import Delivered
from services.package.links import relative


def iframe_playlist(plan: AssetPlanned, delivered: Delivered) -> str:
    """Return the playlist of a complete rendition's key pictures."""
    asset = plan.asset_id, plan.recipe, delivered.rendition
    own_key = iframes_key(*asset)
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        f"#EXT-X-TARGETDURATION:{_target_duration_s(delivered)}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        "#EXT-X-I-FRAMES-ONLY",
        f'#EXT-X-MAP:URI="{relative(init_key(*asset), own_key)}"',
    ]
    for number, iframe in delivered.iframes:
        lines.append(f"#EXTINF:{iframe.duration_ticks / delivered.timescale:.6f},")
        lines.append(f"#EXT-X-BYTERANGE:{iframe.size_bytes}@{iframe.offset_bytes}")
        lines.append(relative(segment_key(*asset, number), own_key))
    return "\n".join([*lines, "#EXT-X-ENDLIST", ""])


def iframe_stream_inf(plan: AssetPlanned, rung: Rung, delivered: Delivered) -> str:
    """Return the line by which the playlist that a player opens offers a rung's key pictures."""
    bandwidth = measure_iframes(delivered, _target_duration_s(delivered))
    asset = plan.asset_id, plan.recipe
    uri = relative(iframes_key(*asset, delivered.rendition), multivariant_key(*asset))
    attributes = [
        f"BANDWIDTH={bandwidth.peak_bps}",
        f"AVERAGE-BANDWIDTH={bandwidth.average_bps}",
        f'CODECS="{delivered.codecs}"',
        f"RESOLUTION={rung.width}x{rung.height}",
        *video_range(plan, rung),
        f'URI="{uri}"',
    ]
    return f"#EXT-X-I-FRAME-STREAM-INF:{','.join(attributes)}"


def video_range(plan: AssetPlanned, rung: Rung) -> list[str]:
    """Return the attribute that tells high dynamic range from standard, where a plan has both.

    Source: draft-pantos-hls-rfc8216bis §4.4.6.2 (VIDEO-RANGE).
    """
    has_hdr = any(own.dynamic_range != "sdr" for own in plan.all_rungs)
    return [f"VIDEO-RANGE={rung.dynamic_range.upper()}"] if has_hdr else []


def _target_duration_s(delivered: Delivered) -> int:
    longest = max(Fraction(iframe.duration_ticks, delivered.timescale) for _, iframe in delivered.iframes)
    return max(1, math.floor(longest + Fraction(1, 2)))
