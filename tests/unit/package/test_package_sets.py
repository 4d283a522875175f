"""Playlists and manifest where an asset has other codecs, high dynamic range and halved frame rates."""

from fractions import Fraction
from xml.etree.ElementTree import fromstring

from msgspec.structs import replace

from contracts.v1 import AssetPackaged, AssetPlayable, ChunkEncoded, Rung, RungSet
from services.package.bandwidth import Bandwidth
from services.package.dash import manifest
from services.package.decide import decide
from services.package.fold import fold
from services.package.hls import multivariant_playlist
from tests.hls import attributes, tags, uris
from tests.unit.package.samples import LOW, MIDDLE, all_chunks, audio, plan, video

HALVED = replace(LOW, frame_step=2)
BRIGHT = Rung(name="1080p-hevc-hdr", width=1920, height=1080, bitrate_bps=4_000_000, codec="hevc", dynamic_range="pq")
BRIGHT_LOW = replace(BRIGHT, name="360p-hevc-hdr", width=640, height=360, bitrate_bps=500_000, frame_step=2)
SMALL = Rung(name="480p-av1", width=852, height=480, bitrate_bps=650_000, codec="av1")
PLAN = replace(
    plan([MIDDLE, HALVED]),
    sets=[
        RungSet(name=BRIGHT.name, preset="veryfast", rungs=[BRIGHT]),
        RungSet(name=BRIGHT_LOW.name, preset="veryfast", rungs=[BRIGHT_LOW]),
        RungSet(name=SMALL.name, preset="10", rungs=[SMALL]),
    ],
)


def chunks() -> list[ChunkEncoded]:
    sets = [video(chunk, *own.rungs, part=f"video-{chunk:05d}-{own.name}") for own in PLAN.sets for chunk in range(3)]
    return [*sets, *(fact for fact in all_chunks() if any(r.rendition != "video/1080p" for r in fact.renditions))]


def test_players_that_take_the_first_variant_take_h264() -> None:
    delivered = fold(PLAN, chunks())

    playlist = multivariant_playlist(PLAN, delivered, dict.fromkeys(delivered, Bandwidth(2, 1)))

    assert [uri.split("/")[1] for uri in uris(playlist)] == [
        "480p",
        "360p",
        "480p-av1",
        "360p-hevc-hdr",
        "1080p-hevc-hdr",
    ]
    stated = [attributes(variant) for variant in tags(playlist, "EXT-X-STREAM-INF")]
    assert [(own["CODECS"], own["VIDEO-RANGE"], own["FRAME-RATE"]) for own in stated] == [
        ("avc1.64001f,mp4a.40.2", "SDR", "23.976"),
        ("avc1.64001f,mp4a.40.2", "SDR", "11.988"),
        ("av01.0.08M.08,mp4a.40.2", "SDR", "23.976"),
        ("hvc1.2.4.L120.90,mp4a.40.2", "PQ", "11.988"),
        ("hvc1.2.4.L120.90,mp4a.40.2", "PQ", "23.976"),
    ]
    key_pictures = [attributes(own) for own in tags(playlist, "EXT-X-I-FRAME-STREAM-INF")]
    assert {(own["CODECS"], own["VIDEO-RANGE"], own["URI"].split("/")[1]) for own in key_pictures} == {
        ("avc1.64001f", "SDR", "480p"),
        ("avc1.64001f", "SDR", "360p"),
        ("av01.0.08M.08", "SDR", "480p-av1"),
        ("hvc1.2.4.L120.90", "PQ", "360p-hevc-hdr"),
        ("hvc1.2.4.L120.90", "PQ", "1080p-hevc-hdr"),
    }


def test_each_codec_is_an_adaptation_set_of_its_own() -> None:
    delivered = fold(PLAN, chunks())

    mpd = fromstring(manifest(PLAN, delivered, dict.fromkeys(delivered, Bandwidth(2, 1))))

    name = "{urn:mpeg:dash:schema:mpd:2011}"
    sets = [own for own in mpd.iter(f"{name}AdaptationSet") if own.attrib["contentType"] == "video"]
    assert [
        (
            [
                (one.attrib["id"], one.attrib["codecs"], one.attrib["frameRate"])
                for one in own.iter(f"{name}Representation")
            ],
            own.attrib["selectionPriority"],
            [one.attrib["value"] for one in own.iter(f"{name}EssentialProperty")],
        )
        for own in sets
    ] == [
        (
            [("video/480p", "avc1.64001f", "24000/1001"), ("video/360p", "avc1.64001f", "12000/1001")],
            "3",
            [],
        ),
        (
            [
                ("video/1080p-hevc-hdr", "hvc1.2.4.L120.90", "24000/1001"),
                ("video/360p-hevc-hdr", "hvc1.2.4.L120.90", "12000/1001"),
            ],
            "2",
            ["16"],
        ),
        ([("video/480p-av1", "av01.0.08M.08", "24000/1001")], "1", []),
    ]


def test_no_other_set_makes_an_asset_playable_and_all_of_them_make_it_complete() -> None:
    early = [audio(0), *(video(0, *own.rungs) for own in PLAN.sets)]
    assert not decide(PLAN, early).facts
    assert [type(fact) for fact in decide(PLAN, [*early, video(0, LOW, part="head")]).facts] == [AssetPlayable]

    *others, last = chunks()[::-1]
    assert [type(fact) for fact in decide(PLAN, others).facts] == [AssetPlayable]
    packaged = decide(PLAN, [*others, last]).facts[-1]

    assert isinstance(packaged, AssetPackaged)
    rates = {own.rendition: own.frame_rate and own.frame_rate.fraction for own in packaged.renditions}
    assert rates == {
        "video/480p": Fraction(24_000, 1001),
        "video/360p": Fraction(12_000, 1001),
        "video/1080p-hevc-hdr": Fraction(24_000, 1001),
        "video/360p-hevc-hdr": Fraction(12_000, 1001),
        "video/480p-av1": Fraction(24_000, 1001),
        "audio/main": None,
    }
