"""The DASH manifest over the same segments, written when everything is there. Pure.

Source: ISO/IEC 23009-1, profile isoff-live (numbered segments with a timeline).
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import accumulate, groupby
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from contracts.v1 import TIMELINE_ORIGIN_S, AssetPlanned, AudioTrack, CaptionsMade, Rung
from services.package.bandwidth import Bandwidth
from services.package.fold import Delivered, frame_rate_of, rendition_of
from services.package.names import language_tag
from services.package.text import text_set

_SETS = {"segmentAlignment": "true", "startWithSAP": "1"}
_TRANSFER = "urn:mpeg:mpegB:cicp:TransferCharacteristics"
_TRANSFERS = {"pq": "16", "hlg": "18"}
_ROLES = "urn:mpeg:dash:role:2011"
_PURPOSES = "urn:tva:metadata:cs:AudioPurposeCS:2007"
_VISUALLY_IMPAIRED = "1"
_CHANNELS = "urn:mpeg:mpegB:cicp:ChannelConfiguration"


def manifest(
    plan: AssetPlanned,
    delivered: Mapping[str, Delivered],
    bandwidths: Mapping[str, Bandwidth],
    texts: Sequence[CaptionsMade] = (),
) -> bytes:
    """Return the manifest of a finished asset as XML."""
    mpd = Element("MPD", _presentation(plan, delivered))
    period = SubElement(mpd, "Period", {"id": "0", "start": "PT0S"})
    groups = _groups(plan)
    for number, rungs in enumerate(groups):
        # Which one a player takes that plays them all.
        preferred = {"selectionPriority": str(len(groups) - number)} if groups[1:] else {}
        aligned = {"segmentAlignment": "true" if number or _is_aligned(plan) else "false"}
        kind = {"contentType": "video", "mimeType": "video/mp4"}
        video = SubElement(period, "AdaptationSet", kind | _SETS | aligned | preferred)
        _dynamic_range(video, rungs[0])
        for rung in rungs:
            name = rendition_of(rung)
            _video(SubElement(video, "Representation"), plan, rung, delivered[name], bandwidths[name])
    for track in plan.audio:
        name, language = rendition_of(track), language_tag(track.language)
        spoken = {"lang": language} if language else {}
        kind = {"contentType": "audio", "mimeType": "audio/mp4"}
        audio = SubElement(period, "AdaptationSet", kind | _SETS | spoken)
        _describe(audio, plan, track)
        _audio(SubElement(audio, "Representation"), track, delivered[name], bandwidths[name])
    for text in texts:
        text_set(period, plan, text)
    indent(mpd)
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + tostring(mpd) + b"\n"


def _describe(element: Element, plan: AssetPlanned, track: AudioTrack) -> None:
    """Tell players which of several tracks is which. Source: ISO/IEC 23009-1 §5.8.5.5; ETSI TS 101 154, annex."""
    if track.describes_video:
        SubElement(element, "Accessibility", {"schemeIdUri": _PURPOSES, "value": _VISUALLY_IMPAIRED})
    if plan.audio[1:]:
        role = "main" if track is plan.audio[0] else "alternate"
        SubElement(element, "Role", {"schemeIdUri": _ROLES, "value": role})
    if track.title:
        SubElement(element, "Label").text = track.title


def _groups(plan: AssetPlanned) -> list[list[Rung]]:
    """Return rungs between which players may switch: the ladder, then those of one codec and range."""
    return [list(rungs) for _, rungs in groupby(plan.all_rungs, key=lambda rung: (rung.codec, rung.dynamic_range))]


def _dynamic_range(element: Element, rung: Rung) -> None:
    """Tell players that cannot show high dynamic range to leave it. Source: DASH-IF IOP 5, part 7; ITU-T H.273."""
    if rung.dynamic_range != "sdr":
        value = _TRANSFERS[rung.dynamic_range]
        SubElement(element, "EssentialProperty", {"schemeIdUri": _TRANSFER, "value": value})


def _is_aligned(plan: AssetPlanned) -> bool:
    """Tell whether all video is cut at the same times; what was copied is cut where the original allows it."""
    if plan.copied is None:
        return True
    starts = list(accumulate(plan.copied.segments[:-1], initial=0))
    return len(plan.rungs) == 1 or starts == plan.grid.segment_starts


def _presentation(plan: AssetPlanned, delivered: Mapping[str, Delivered]) -> dict[str, str]:
    # Bandwidths are those of whole segments, so a player that has the longest in its buffer never waits (§5.3.5.2).
    longest_s = max(
        Fraction(segment.duration_ticks, own.timescale) for own in delivered.values() for segment in own.segments
    )
    return {
        "xmlns": "urn:mpeg:dash:schema:mpd:2011",
        "profiles": "urn:mpeg:dash:profile:isoff-live:2011",
        "type": "static",
        "minBufferTime": f"PT{math.ceil(1000 * longest_s) / 1000:.3f}S",
        "mediaPresentationDuration": f"PT{plan.grid.duration_s:.6f}S",
    }


def _video(element: Element, plan: AssetPlanned, rung: Rung, delivered: Delivered, bandwidth: Bandwidth) -> None:
    element.attrib |= {
        "id": delivered.rendition,
        "codecs": delivered.codecs,
        "bandwidth": str(bandwidth.peak_bps),
        "width": str(rung.width),
        "height": str(rung.height),
        "frameRate": str(frame_rate_of(plan, rung)),
        "sar": "1:1",
    }
    _segments(element, delivered, TIMELINE_ORIGIN_S * delivered.timescale)


def _audio(element: Element, track: AudioTrack, delivered: Delivered, bandwidth: Bandwidth) -> None:
    element.attrib |= {
        "id": delivered.rendition,
        "codecs": delivered.codecs,
        "bandwidth": str(bandwidth.peak_bps),
        "audioSamplingRate": str(track.sample_rate_hz),
    }
    SubElement(element, "AudioChannelConfiguration", {"schemeIdUri": _CHANNELS, "value": str(track.channels)})
    priming_ticks = track.priming_samples * delivered.timescale // track.sample_rate_hz
    _segments(element, delivered, TIMELINE_ORIGIN_S * delivered.timescale - priming_ticks)


def _segments(element: Element, delivered: Delivered, first_tick: int) -> None:
    addressing = {
        "timescale": str(delivered.timescale),
        "presentationTimeOffset": str(TIMELINE_ORIGIN_S * delivered.timescale),
        "startNumber": "0",
        "initialization": "$RepresentationID$/init.mp4",
        "media": "$RepresentationID$/$Number%05d$.m4s",
    }
    timeline = SubElement(SubElement(element, "SegmentTemplate", addressing), "SegmentTimeline")
    for index, (duration_ticks, repeats) in enumerate(_durations(delivered)):
        start = {"t": str(first_tick)} if index == 0 else {}
        again = {"r": str(repeats)} if repeats else {}
        SubElement(timeline, "S", start | {"d": str(duration_ticks)} | again)


def _durations(delivered: Delivered) -> Iterator[tuple[int, int]]:
    """Yield segment lengths in ticks, and how often each comes again at once."""
    for duration_ticks, run in groupby(delivered.segments, key=lambda segment: segment.duration_ticks):
        yield duration_ticks, sum(1 for _ in run) - 1
