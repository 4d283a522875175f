"""Whether the DASH manifest says what facts state. Pure. Source: ISO/IEC 23009-1 §5.3."""

import posixpath
import re
from collections.abc import Sequence
from itertools import accumulate
from xml.etree.ElementTree import Element, ParseError, fromstring

from contracts.keys import manifest_key
from contracts.v1 import TIMELINE_ORIGIN_S, AssetPlanned, Rung
from services.finalize.renditions import Delivered

_MPD = "{urn:mpeg:dash:schema:mpd:2011}"
_NUMBER = re.compile(r"\$Number%0(\d+)d\$")


def check_manifest(plan: AssetPlanned, renditions: Sequence[Delivered], text: str) -> None:
    """Check that a manifest describes every rendition once, and each as it was made.

    Raises: ValueError: what is wrong with it.
    """
    try:
        mpd = fromstring(text)  # noqa: S314 (it is our own, and expat bounds what entities can become)
    except ParseError as error:
        raise ValueError("is no XML") from error
    if mpd.tag != f"{_MPD}MPD" or mpd.get("type") != "static":
        raise ValueError("is not that of a finished asset (§5.3.1)")
    if mpd.get("mediaPresentationDuration") != f"PT{plan.grid.duration_s:.6f}S":
        raise ValueError(f"states a length of {mpd.get('mediaPresentationDuration')}, not {plan.grid.duration_s:.6f} s")
    sets = [own for own in mpd.iter(f"{_MPD}AdaptationSet") if own.get("contentType") != "text"]
    elements = {element.get("id"): element for own in sets for element in own.iter(f"{_MPD}Representation")}
    if sorted(map(str, elements)) != sorted(own.name for own in renditions):
        raise ValueError("does not describe each rendition once")
    for own in renditions:
        _check_representation(own, elements[own.name])


def _check_representation(own: Delivered, element: Element) -> None:
    wanted = {"codecs": own.codecs, "bandwidth": str(own.packaged.bandwidth_bps)}
    if isinstance(own.planned, Rung):
        wanted |= {"width": str(own.planned.width), "height": str(own.planned.height)}
    else:
        wanted |= {"audioSamplingRate": str(own.planned.sample_rate_hz)}
    if wanted.items() - element.attrib.items():
        raise ValueError(f"describes {own.name} otherwise than it was made (§5.3.5)")
    template = element.find(f"{_MPD}SegmentTemplate")
    if template is None:
        raise ValueError(f"does not say where {own.name} lies (§5.3.9)")
    addressing = {"timescale": str(own.timescale), "presentationTimeOffset": str(TIMELINE_ORIGIN_S * own.timescale)}
    if addressing.items() - template.attrib.items():
        raise ValueError(f"counts the time of {own.name} otherwise than it was made (§5.3.9)")
    _check_keys(own, template)
    _check_times(own, template)


def _check_keys(own: Delivered, template: Element) -> None:
    first = int(template.get("startNumber", "1"))
    found = [_resolved(own, template.get("initialization", ""), 0)]
    found += [_resolved(own, template.get("media", ""), first + place) for place in range(len(own.segments))]
    if found != [own.init_key, *(own.key_of(segment) for segment in own.segments)]:
        raise ValueError(f"leads to other segments than those of {own.name} (§5.3.9.4)")


def _check_times(own: Delivered, template: Element) -> None:
    lengths: list[int] = []
    first = 0
    for element in template.iterfind(f"{_MPD}SegmentTimeline/{_MPD}S"):
        first = int(element.get("t", 0)) if not lengths else first
        # More of one length than there are segments is wrong, whatever follows.
        repeats = min(int(element.get("r", 0)), len(own.segments))
        lengths += [int(element.get("d", 0))] * (1 + repeats)
    if list(accumulate(lengths, initial=first)) != own.starts_ticks:
        raise ValueError(f"states other times for segments of {own.name} than they have (§5.3.9.6)")


def _resolved(own: Delivered, template: str, number: int) -> str:
    text = template.replace("$RepresentationID$", own.name)
    text = _NUMBER.sub(lambda digits: str(number).zfill(int(digits[1])), text)
    return posixpath.join(posixpath.dirname(manifest_key(own.asset_id, own.recipe)), text)
