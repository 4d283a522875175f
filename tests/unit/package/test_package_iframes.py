"""Playlists of key pictures, and who is told of them."""

import posixpath

import pytest
from msgspec.structs import replace

from contracts.keys import iframes_key, init_key, multivariant_key, segment_key
from contracts.v1 import ChunkEncoded, IFrame
from services.package.bandwidth import Bandwidth, measure_iframes
from services.package.decide import decide
from services.package.fold import Delivered, fold
from services.package.iframes import iframe_playlist
from tests.hls import attributes, tags, uris
from tests.unit.package.samples import ASSET, RECIPE, all_chunks, iframes_of, plan, segment

PLAN = plan()
LOW = PLAN.rungs[-1]
PLACE = (ASSET, RECIPE, "video/360p")


def documents(facts: list[ChunkEncoded]) -> dict[str, str]:
    return {document.key: document.body.decode() for document in decide(PLAN, facts).documents}


def without_iframes(fact: ChunkEncoded) -> ChunkEncoded:
    """Return a fact as it was stated before segments told of their key pictures."""
    renditions = [
        replace(made, segments=[replace(own, iframes=[]) for own in made.segments]) for made in fact.renditions
    ]
    return replace(fact, renditions=renditions)


def delivered(*iframes: list[tuple[int, int]]) -> Delivered:
    """Return a rendition of 1000 ticks a second whose segments have key pictures of these ticks and bytes."""
    segments = [
        segment(n, 4000, 10_000, [IFrame(offset_bytes=0, size_bytes=size, duration_ticks=ticks) for ticks, size in own])
        for n, own in enumerate(iframes)
    ]
    return Delivered(rendition="video/360p", codecs="avc1", timescale=1000, segments=segments, complete=True)


def test_each_key_picture_is_a_range_of_its_segment_and_stands_until_the_next() -> None:
    playlist = iframe_playlist(PLAN, fold(PLAN, all_chunks())["video/360p"])

    # Five segments of two groups of 2.002 s, and one of a single group of 1.001 s.
    assert tags(playlist, "EXTINF") == ["2.002000,"] * 10 + ["1.001000,"]
    expected = [(n, own) for n in range(6) for own in iframes_of(LOW, n)]
    assert tags(playlist, "EXT-X-BYTERANGE") == [f"{own.size_bytes}@{own.offset_bytes}" for _, own in expected]
    folder = posixpath.dirname(iframes_key(*PLACE))
    assert [posixpath.join(folder, uri) for uri in uris(playlist)] == [segment_key(*PLACE, n) for n, _ in expected]
    (init,) = tags(playlist, "EXT-X-MAP")
    assert posixpath.join(folder, attributes(init)["URI"]) == init_key(*PLACE)


def test_the_playlist_of_key_pictures_says_that_it_is_one_and_that_it_is_whole() -> None:
    playlist = iframe_playlist(PLAN, fold(PLAN, all_chunks())["video/360p"])

    assert playlist.startswith("#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:2\n")
    assert "#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-I-FRAMES-ONLY\n" in playlist
    assert playlist.endswith("#EXT-X-ENDLIST\n")


@pytest.mark.parametrize(
    ("iframes", "target_s"), [([[(2002, 9)]], 2), ([[(2500, 9)]], 3), ([[(400, 9)]], 1), ([[(900, 9)], [(1600, 9)]], 2)]
)
def test_no_key_picture_stands_longer_than_the_target_duration(
    iframes: list[list[tuple[int, int]]], target_s: int
) -> None:
    assert tags(iframe_playlist(PLAN, delivered(*iframes)), "EXT-X-TARGETDURATION") == [str(target_s)]


def test_the_playlist_that_a_player_opens_offers_the_key_pictures_of_every_rung() -> None:
    made = documents(all_chunks())

    offered = [attributes(own) for own in tags(made[multivariant_key(ASSET, RECIPE)], "EXT-X-I-FRAME-STREAM-INF")]
    folder = posixpath.dirname(multivariant_key(ASSET, RECIPE))
    assert [posixpath.join(folder, own["URI"]) for own in offered] == [
        iframes_key(ASSET, RECIPE, f"video/{rung.name}") for rung in PLAN.rungs
    ]
    # The third segment is half as much again as planned, and key pictures are a tenth of everything, in whole bytes.
    low = offered[-1]
    assert low.keys() == {"BANDWIDTH", "AVERAGE-BANDWIDTH", "CODECS", "RESOLUTION", "URI"}
    assert (low["BANDWIDTH"], low["RESOLUTION"], low["CODECS"]) == ("89999", "640x360", "avc1.64001f")
    assert int(low["AVERAGE-BANDWIDTH"]) == pytest.approx((300_300 * 4 + 450_450 + 75_075) / 10 * 8 / 21.021, abs=1)


@pytest.mark.parametrize(
    ("iframes", "expected"),
    [
        # Two seconds each: the larger one is the peak.
        ([[(2000, 1000), (2000, 3000)]], Bandwidth(12_000, 8000)),
        # A last picture of less than half the target counts only together with its neighbour.
        ([[(2000, 1000), (500, 1000)]], Bandwidth(6400, 6400)),
    ],
)
def test_the_bandwidth_of_key_pictures_is_that_of_their_ranges(
    iframes: list[list[tuple[int, int]]], expected: Bandwidth
) -> None:
    assert measure_iframes(delivered(*iframes), target_duration_s=2) == expected


@pytest.mark.parametrize("count", range(len(all_chunks()) - 1))
def test_key_pictures_are_offered_only_when_all_of_a_rung_are_there(count: int) -> None:
    made = documents(all_chunks()[:count])

    assert not [key for key in made if key.endswith("/iframes.m3u8")]
    assert "I-FRAME" not in made.get(multivariant_key(ASSET, RECIPE), "")


def test_a_rung_some_of_whose_segments_state_no_key_pictures_offers_none() -> None:
    *others, last = all_chunks()

    made = documents([*others, without_iframes(last)])

    assert "I-FRAME" not in made[multivariant_key(ASSET, RECIPE)]
    assert iframes_key(*PLACE) not in made
