"""HLS playlists over fragmented MP4 segments, as text. Pure.

Source: RFC 8216 and its revision draft-pantos-hls-rfc8216bis; HLS Authoring Specification for Apple Devices.
"""

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction

from contracts.keys import init_key, multivariant_key, playlist_key, segment_key
from contracts.v1 import AssetPlanned, AudioTrack, CaptionsMade, Rung
from services.package.bandwidth import Bandwidth
from services.package.chapters import session_data
from services.package.fold import Delivered, frame_rate_of, rendition_of
from services.package.iframes import iframe_stream_inf, video_range
from services.package.links import relative
from services.package.names import distinct, firsts, language_tag
from services.package.text import GROUP, text_media

START_BITRATE_BPS = 2_000_000
"""Players start with the first variant listed: the best one that most connections carry at once."""

_AUDIO_SLACK_S = Fraction(1, 10)
_DESCRIBES_VIDEO = "public.accessibility.describes-video"


def target_duration_s(plan: AssetPlanned) -> int:
    """Return EXT-X-TARGETDURATION; it is the same for all and may never change, so it follows from the plan.

    Audio is cut at whole codec frames, a little beside the grid. Source: RFC 8216 §4.3.3.1, §6.2.1, §6.2.4.
    """
    copied = plan.copied.segments if plan.copied else []
    segment_s = max([plan.grid.segment_frames, *copied]) / plan.grid.frame_rate.fraction
    return max(1, math.floor(segment_s + _AUDIO_SLACK_S + Fraction(1, 2)))


def media_playlist(plan: AssetPlanned, delivered: Delivered) -> str:
    """Return a rendition's playlist: growing (EVENT) until it is complete, then VOD."""
    asset = plan.asset_id, plan.recipe, delivered.rendition
    own_key = playlist_key(*asset)
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        f"#EXT-X-TARGETDURATION:{target_duration_s(plan)}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        f"#EXT-X-PLAYLIST-TYPE:{'VOD' if delivered.complete else 'EVENT'}",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        f'#EXT-X-MAP:URI="{relative(init_key(*asset), own_key)}"',
    ]
    if not delivered.complete:
        # Without it players take a growing playlist for a live broadcast and start near its end.
        lines.append("#EXT-X-START:TIME-OFFSET=0,PRECISE=YES")
    for segment in delivered.segments:
        lines.append(f"#EXTINF:{segment.duration_ticks / delivered.timescale:.6f},")
        lines.append(relative(segment_key(*asset, segment.number), own_key))
    if delivered.complete:
        lines.append("#EXT-X-ENDLIST")
    return "\n".join([*lines, ""])


def multivariant_playlist(
    plan: AssetPlanned,
    delivered: Mapping[str, Delivered],
    bandwidths: Mapping[str, Bandwidth],
    texts: Sequence[CaptionsMade] = (),
) -> str:
    """Return the playlist that a player opens; it lists the renditions that have a segment, and text tracks."""
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS", *session_data(plan)]
    tracks = [track for track in plan.audio if rendition_of(track) in delivered]
    names = distinct(track.title or track.name for track in tracks)
    automatic = firsts((track.language, track.describes_video) for track in tracks)
    for track, name, is_first in zip(tracks, names, automatic, strict=True):
        lines.append(_media(plan, track, name, is_default=track is plan.audio[0], is_automatic=is_first))
    lines += text_media(plan, texts)
    sounds = [rendition_of(track) for track in tracks]
    for rung in _in_order([rung for rung in plan.all_rungs if rendition_of(rung) in delivered], plan.rungs):
        name = rendition_of(rung)
        bandwidth = bandwidths[name]
        if sounds:
            bandwidth = bandwidth.beside(max((bandwidths[sound] for sound in sounds), key=lambda own: own.peak_bps))
        codecs = dict.fromkeys(delivered[own].codecs for own in (name, *sounds))
        groups = {"AUDIO": "audio"} if sounds else {}
        groups |= {"SUBTITLES": GROUP} if texts else {}
        lines.append(_stream_inf(plan, rung, bandwidth, ",".join(codecs), groups))
        lines.append(_playlist_uri(plan, name))
    for rung in plan.all_rungs:
        own = delivered.get(rendition_of(rung))
        if own and own.iframes:
            lines.append(iframe_stream_inf(plan, rung, own))
    return "\n".join([*lines, ""])


def _in_order(rungs: list[Rung], ladder: list[Rung]) -> list[Rung]:
    """Return rungs as players should try them: those of the ladder, which all play, before those of other sets."""
    others = [rung for rung in reversed(rungs) if rung not in ladder]
    return [*_start_first([rung for rung in rungs if rung in ladder]), *others]


def _start_first(rungs: list[Rung]) -> list[Rung]:
    """Return rungs from low to high, but first the one to start with."""
    ascending = sorted(rungs, key=lambda rung: rung.bitrate_bps)
    start = max(sum(rung.bitrate_bps <= START_BITRATE_BPS for rung in ascending) - 1, 0)
    return [*ascending[start : start + 1], *ascending[:start], *ascending[start + 1 :]]


def _media(plan: AssetPlanned, track: AudioTrack, name: str, *, is_default: bool, is_automatic: bool) -> str:
    language = language_tag(track.language)
    attributes = [
        "TYPE=AUDIO",
        'GROUP-ID="audio"',
        f'NAME="{name}"',
        *([f'LANGUAGE="{language}"'] if language else []),
        f"DEFAULT={'YES' if is_default else 'NO'}",
        f"AUTOSELECT={'YES' if is_automatic or is_default else 'NO'}",
        *([f'CHARACTERISTICS="{_DESCRIBES_VIDEO}"'] if track.describes_video else []),
        f'CHANNELS="{track.channels}"',
        f'URI="{_playlist_uri(plan, rendition_of(track))}"',
    ]
    return f"#EXT-X-MEDIA:{','.join(attributes)}"


def _stream_inf(plan: AssetPlanned, rung: Rung, bandwidth: Bandwidth, codecs: str, groups: Mapping[str, str]) -> str:
    attributes = [
        f"BANDWIDTH={bandwidth.peak_bps}",
        f"AVERAGE-BANDWIDTH={bandwidth.average_bps}",
        f'CODECS="{codecs}"',
        f"RESOLUTION={rung.width}x{rung.height}",
        f"FRAME-RATE={float(frame_rate_of(plan, rung)):.3f}",
        *video_range(plan, rung),
        *(f'{kind}="{group}"' for kind, group in groups.items()),
    ]
    return f"#EXT-X-STREAM-INF:{','.join(attributes)}"


def _playlist_uri(plan: AssetPlanned, rendition: str) -> str:
    own_key = multivariant_key(plan.asset_id, plan.recipe)
    return relative(playlist_key(plan.asset_id, plan.recipe, rendition), own_key)
