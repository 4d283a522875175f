import posixpath
import re
from fractions import Fraction
from xml.etree.ElementTree import Element, fromstring

import pytest
from msgspec.structs import replace

from contracts.keys import init_key, manifest_key, segment_key
from contracts.v1 import CopiedRung
from services.package.bandwidth import Bandwidth
from services.package.dash import manifest
from services.package.fold import fold
from tests.unit.package.samples import ASSET, RECIPE, SEGMENT_FRAMES, SOUND, all_chunks, plan

NAMES = {"": "urn:mpeg:dash:schema:mpd:2011"}


@pytest.fixture(scope="module")
def mpd() -> Element:
    delivered = fold(plan(), all_chunks())
    bandwidths = {name: Bandwidth(100 + number, 1) for number, name in enumerate(delivered)}
    return fromstring(manifest(plan(), delivered, bandwidths))


def representations(mpd: Element, kind: str) -> list[Element]:
    return mpd.findall(f"Period/AdaptationSet[@contentType='{kind}']/Representation", NAMES)


def timeline(representation: Element) -> tuple[list[tuple[int, int]], int, int]:
    """Return starts and durations of all segments in ticks, the timescale and the offset of the period."""
    template = representation.find("SegmentTemplate", NAMES)
    assert template is not None
    spans: list[tuple[int, int]] = []
    for entry in template.findall("SegmentTimeline/S", NAMES):
        for _ in range(int(entry.get("r", "0")) + 1):
            start = int(entry.get("t", "-1")) if not spans else sum(spans[-1])
            spans.append((start, int(entry.attrib["d"])))
    return spans, int(template.attrib["timescale"]), int(template.attrib["presentationTimeOffset"])


def test_the_manifest_is_static_and_as_long_as_the_timeline(mpd: Element) -> None:
    assert mpd.tag == "{urn:mpeg:dash:schema:mpd:2011}MPD"
    assert mpd.attrib == {
        "profiles": "urn:mpeg:dash:profile:isoff-live:2011",
        "type": "static",
        "minBufferTime": "PT4.032S",
        "mediaPresentationDuration": "PT21.021000S",
    }


def test_video_timelines_begin_at_the_origin_and_add_up_to_the_duration(mpd: Element) -> None:
    for representation in representations(mpd, "video"):
        spans, timescale, offset = timeline(representation)
        assert offset == spans[0][0] == 10 * timescale
        assert Fraction(sum(ticks for _, ticks in spans), timescale) == Fraction(21_021, 1000)
        assert len(spans) == 6


def test_audio_timelines_begin_with_the_priming_before_the_origin(mpd: Element) -> None:
    (representation,) = representations(mpd, "audio")
    spans, timescale, offset = timeline(representation)

    assert (timescale, offset, spans[0][0]) == (48_000, 480_000, 480_000 - 1024)
    assert Fraction(sum(spans[-1]) - offset, timescale) == pytest.approx(21.021, abs=1024 / 48_000)


def test_a_copied_track_begins_with_its_own_priming_at_its_own_rate() -> None:
    track = replace(SOUND, copied=True, sample_rate_hz=44_100, priming_samples=64)
    copied = plan(audio=[track])
    chunks = [
        replace(fact, renditions=[replace(own, timescale=44_100) for own in fact.renditions])
        if fact.part.startswith("audio")
        else fact
        for fact in all_chunks()
    ]
    delivered = fold(copied, chunks)

    written = fromstring(manifest(copied, delivered, dict.fromkeys(delivered, Bandwidth(1, 1))))

    (representation,) = representations(written, "audio")
    assert representation.get("audioSamplingRate") == "44100"
    spans, timescale, offset = timeline(representation)
    assert (timescale, offset, spans[0][0]) == (44_100, 441_000, 441_000 - 64)


def test_representations_say_what_they_are(mpd: Element) -> None:
    shown = [{**own.attrib, "codecs": own.attrib["codecs"]} for own in representations(mpd, "video")]
    (heard,) = representations(mpd, "audio")

    assert shown[0] == {
        "id": "video/1080p",
        "codecs": "avc1.64001f",
        "bandwidth": "100",
        "width": "1920",
        "height": "1080",
        "frameRate": "24000/1001",
        "sar": "1:1",
    }
    assert [own["id"] for own in shown] == ["video/1080p", "video/480p", "video/360p"]
    assert heard.attrib == {
        "id": "audio/main",
        "codecs": "mp4a.40.2",
        "bandwidth": "103",
        "audioSamplingRate": "48000",
    }
    channels = heard.find("AudioChannelConfiguration", NAMES)
    assert channels is not None
    assert channels.get("value") == "2"
    sets = mpd.findall("Period/AdaptationSet", NAMES)
    assert [own.get("lang") for own in sets] == [None, "en"]


def test_templates_lead_to_the_keys_of_the_contract(mpd: Element) -> None:
    folder = posixpath.dirname(manifest_key(ASSET, RECIPE))
    for representation in [*representations(mpd, "video"), *representations(mpd, "audio")]:
        rendition = representation.attrib["id"]
        template = representation.find("SegmentTemplate", NAMES)
        assert template is not None
        assert template.get("startNumber") == "0"
        initialization, media = (
            posixpath.join(folder, template.attrib[name].replace("$RepresentationID$", rendition))
            for name in ("initialization", "media")
        )
        assert initialization == init_key(ASSET, RECIPE, rendition)
        assert re.sub(r"\$Number%05d\$", f"{41:05d}", media) == segment_key(ASSET, RECIPE, rendition, 41)


@pytest.mark.parametrize(
    ("segments", "aligned"), [([SEGMENT_FRAMES] * 5 + [24], "true"), ([90, 102, 96, 96, 96, 24], "false")]
)
def test_segments_are_said_to_be_aligned_only_if_the_copied_ones_are(segments: list[int], aligned: str) -> None:
    copied = replace(plan(), copied=CopiedRung(name="1080p", segments=segments, chunks=plan().chunks))
    delivered = fold(copied, all_chunks())

    written = fromstring(manifest(copied, delivered, dict.fromkeys(delivered, Bandwidth(1, 1))))

    sets = {own.get("contentType"): own.get("segmentAlignment") for own in written.findall("Period/*", NAMES)}
    assert sets == {"video": aligned, "audio": "true"}
