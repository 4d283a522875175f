"""DASH as players read it: what a finished asset's manifest promises and its segments do not keep.

Nothing here knows how manifests are made. Source: ISO/IEC 23009-1, and its ISO BMFF live profile (§8.4).
"""

import io
import posixpath
import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import accumulate
from typing import NamedTuple
from xml.etree.ElementTree import Element, fromstring

import av
import msgspec
from av.packet import Packet

MPD = "{urn:mpeg:dash:schema:mpd:2011}"
TICK_S = Fraction(1, 1_000_000)
# Sound is cut at its own frames, of 1024 samples, and ends with a whole one.
SOUND_FRAME_S = Fraction(1024, 48_000)


class Part(NamedTuple):
    """One segment as the manifest states it, in ticks, and its bytes."""

    start: int
    duration: int
    data: bytes


class Representation(msgspec.Struct):
    """A representation with everything that it leads to; the timeline's origin is ``offset`` ticks."""

    name: str
    timescale: int
    offset: int
    init: bytes
    parts: list[Part]

    @property
    def span_s(self) -> tuple[Fraction, Fraction]:
        """Return begin and end on the presentation's timeline."""
        last = self.parts[-1]
        ends = self.parts[0].start - self.offset, last.start + last.duration - self.offset
        return Fraction(ends[0], self.timescale), Fraction(ends[1], self.timescale)


def broken_promises(objects: Mapping[str, bytes], key: str, origin_s: int) -> list[str]:
    """Return a sentence for each promise that a finished asset breaks; ``objects`` are all of its bytes by key."""
    return list(_manifest(objects, key, origin_s))


def _manifest(objects: Mapping[str, bytes], key: str, origin_s: int) -> Iterator[str]:
    mpd = fromstring(objects[key])
    if mpd.get("type") != "static" or "isoff-live" not in mpd.get("profiles", ""):
        yield "the manifest is not one of a finished asset"
    duration_s, buffer_s = (_seconds(mpd, name) for name in ("mediaPresentationDuration", "minBufferTime"))
    for adaptation in mpd.iterfind(f"{MPD}Period/{MPD}AdaptationSet"):
        is_sound = adaptation.get("contentType") == "audio"
        slack_s = SOUND_FRAME_S if is_sound else TICK_S
        starts = set()
        for element in adaptation.iterfind(f"{MPD}Representation"):
            own = _representation(objects, key, element)
            starts.add(tuple(Fraction(part.start, own.timescale) for part in own.parts))
            if own.offset != origin_s * own.timescale:
                yield f"{own.name}: presentationTimeOffset is {own.offset}, not the origin of {origin_s} s"
            begin_s, end_s = own.span_s
            if not -slack_s <= begin_s <= 0 or abs(end_s - duration_s) > slack_s:
                yield f"{own.name}: lasts from {float(begin_s)} to {float(end_s)} s, not to {float(duration_s)} s"
            yield from _description(element, own)
            yield from _segments(own)
            yield from _bandwidth(own, int(element.attrib["bandwidth"]), buffer_s)
        if adaptation.get("segmentAlignment") != "true" or len(starts) != 1:
            yield f"segments of {adaptation.get('contentType')} do not begin together in every representation"
        if adaptation.get("startWithSAP") != "1":
            yield "segments are not said to begin with a picture that decodes alone"


def _representation(objects: Mapping[str, bytes], key: str, element: Element) -> Representation:
    template = element.find(f"{MPD}SegmentTemplate")
    assert template is not None
    name, folder, number = element.attrib["id"], posixpath.dirname(key), int(template.attrib["startNumber"])

    def filled(attribute: str, number: int = 0) -> bytes:
        text = template.attrib[attribute].replace("$RepresentationID$", name)
        text = re.sub(r"\$Number%0(\d+)d\$", lambda digits: str(number).zfill(int(digits[1])), text)
        return objects.get(posixpath.join(folder, text), b"")

    lengths: list[int] = []
    first = 0
    for s in template.iterfind(f"{MPD}SegmentTimeline/{MPD}S"):
        first = first if lengths else int(s.attrib["t"])
        lengths += [int(s.attrib["d"])] * (1 + int(s.get("r", 0)))
    starts = accumulate(lengths[:-1], initial=first)
    parts = [
        Part(start, length, filled("media", number + n))
        for n, (start, length) in enumerate(zip(starts, lengths, strict=True))
    ]
    timescale, offset = int(template.attrib["timescale"]), int(template.attrib["presentationTimeOffset"])
    return Representation(name, timescale, offset, filled("initialization"), parts)


def _description(element: Element, own: Representation) -> Iterator[str]:
    with av.open(io.BytesIO(own.init), "r") as described:
        (stream,) = described.streams
        if stream.time_base != Fraction(1, own.timescale):
            yield f"{own.name}: timescale is {own.timescale}, made was {stream.time_base}"
        for video in described.streams.video:
            if (element.get("width"), element.get("height")) != (str(video.width), str(video.height)):
                yield f"{own.name}: is not {video.width}x{video.height}, as made"
            codec = f"avc1.{own.init[own.init.index(b'avcC') + 5 :][:3].hex()}"
            if element.get("codecs") != codec:
                yield f"{own.name}: codecs is {element.get('codecs')}, made was {codec}"
        for audio in described.streams.audio:
            if element.get("audioSamplingRate") != str(audio.rate) or element.get("codecs") != "mp4a.40.2":
                yield f"{own.name}: is not AAC of {audio.rate} Hz, as made"


def _segments(own: Representation) -> Iterator[str]:
    for number, part in enumerate(own.parts):
        packets = _packets(own.init + part.data) if part.data else []
        if not packets:
            yield f"{own.name}: segment {number} is not in the store"
            continue
        begins, lasts = min(packet.pts or 0 for packet in packets), sum(packet.duration or 0 for packet in packets)
        if (begins, lasts) != (part.start, part.duration):
            stated = f"{part.start} for {part.duration}"
            yield f"{own.name}: segment {number} is stated at {stated}, made at {begins} for {lasts} ticks"
        if not packets[0].is_keyframe:
            yield f"{own.name}: segment {number} does not begin with a key picture"


def _packets(data: bytes) -> "list[Packet[av.stream.Stream]]":
    with av.open(io.BytesIO(data), "r") as played:
        return [packet for packet in played.demux() if packet.size]


def _bandwidth(own: Representation, bandwidth_bps: int, buffer_s: Fraction) -> Iterator[str]:
    """Fetch from every segment on at just this bandwidth; play begins after ``buffer_s`` (§5.3.5.2)."""
    for first, begin in enumerate(own.parts):
        bits = 0
        for part in own.parts[first:]:
            bits += 8 * len(part.data)
            if bits > bandwidth_bps * (buffer_s + Fraction(part.start - begin.start, own.timescale)):
                yield f"{own.name}: bandwidth is {bandwidth_bps}, too little for what follows segment {first}"
                break


def _seconds(mpd: Element, name: str) -> Fraction:
    match = re.fullmatch(r"PT([\d.]+)S", mpd.attrib[name])
    assert match
    return Fraction(match[1])
