import posixpath
from fractions import Fraction

import pytest
from msgspec.structs import replace

from contracts.keys import init_key, multivariant_key, playlist_key, segment_key
from contracts.v1 import CopiedRung, Grid, Rational, Rung
from services.package.bandwidth import Bandwidth
from services.package.fold import fold
from services.package.hls import media_playlist, multivariant_playlist, target_duration_s
from tests.hls import attributes, tags, uris
from tests.unit.package.samples import ASSET, HIGH, LOW, MIDDLE, RECIPE, SOUND, all_chunks, audio, plan, video

PLAN = plan()


def growth(rendition: str) -> list[str]:
    """Return a rendition's playlist after each fact that added to it."""
    folds = [fold(PLAN, all_chunks()[:count]) for count in range(1, len(all_chunks()) + 1)]
    playlists = [media_playlist(PLAN, delivered[rendition]) for delivered in folds if rendition in delivered]
    return list(dict.fromkeys(playlists))


def multivariant(rungs: list[Rung], **bandwidths: Bandwidth) -> str:
    own = plan(rungs=rungs)
    delivered = fold(own, [video(0, *rungs), audio(0)])
    needed = {name: bandwidths.get(name.split("/")[1], Bandwidth(10, 5)) for name in delivered}
    return multivariant_playlist(own, delivered, needed)


def test_a_growing_playlist_only_ever_gains_lines_at_its_end() -> None:
    *growing, finished = growth("video/360p")

    assert [tags(own, "EXT-X-PLAYLIST-TYPE") for own in [*growing, finished]] == [["EVENT"]] * 2 + [["VOD"]]
    assert growing[1].startswith(growing[0])
    assert all("#EXT-X-ENDLIST" not in own for own in growing)
    assert all(tags(own, "EXT-X-START") == ["TIME-OFFSET=0,PRECISE=YES"] for own in growing)
    assert finished.endswith("#EXT-X-ENDLIST\n")
    assert tags(finished, "EXT-X-START") == []
    assert [len(uris(own)) for own in [*growing, finished]] == [1, 3, 6]
    assert uris(finished)[:3] == uris(growing[1])


@pytest.mark.parametrize("rendition", ["video/360p", "audio/main"])
def test_the_target_duration_never_changes_and_no_segment_is_longer(rendition: str) -> None:
    playlists = growth(rendition)

    assert len(playlists) == 3
    assert {tuple(tags(own, "EXT-X-TARGETDURATION")) for own in playlists} == {("4",)}
    durations = [float(own.rstrip(",")) for own in tags(playlists[-1], "EXTINF")]
    assert all(round(own) <= 4 for own in durations)
    assert sum(durations) == pytest.approx(21.021, abs=0.05)


@pytest.mark.parametrize(
    ("rate", "segment_frames", "target_s"),
    [
        (Rational(24000, 1001), 96, 4),
        (Rational(25, 1), 100, 4),
        (Rational(30000, 1001), 120, 4),
        (Rational(25, 2), 50, 4),
        (Rational(1, 10), 2, 20),
        (Rational(9, 2), 20, 5),
        (Rational(1000, 1), 40, 1),
    ],
)
def test_the_target_duration_leaves_room_for_whole_audio_frames(
    rate: Rational, segment_frames: int, target_s: int
) -> None:
    grid = Grid(frame_rate=rate, frames=1000, segment_frames=segment_frames, gop_frames=segment_frames // 2)

    assert target_duration_s(replace(plan(), grid=grid)) == target_s
    longest_s = segment_frames / rate.fraction + Fraction(2 * 1024, 48_000)
    assert round(longest_s) <= target_s


def test_a_media_playlists_uris_lead_to_the_keys_of_the_contract() -> None:
    playlist = growth("video/1080p")[-1]
    folder = posixpath.dirname(playlist_key(ASSET, RECIPE, "video/1080p"))

    assert [posixpath.join(folder, uri) for uri in uris(playlist)] == [
        segment_key(ASSET, RECIPE, "video/1080p", number) for number in range(6)
    ]
    (init,) = tags(playlist, "EXT-X-MAP")
    assert posixpath.join(folder, attributes(init)["URI"]) == init_key(ASSET, RECIPE, "video/1080p")
    assert playlist.startswith("#EXTM3U\n#EXT-X-VERSION:7\n")
    assert "#EXT-X-INDEPENDENT-SEGMENTS\n" in playlist


def test_the_multivariant_playlist_says_what_each_variant_is() -> None:
    playlist = multivariant([HIGH], **{"1080p": Bandwidth(5_500_001, 4_900_000), "main": Bandwidth(131_000, 128_500)})

    (media,) = tags(playlist, "EXT-X-MEDIA")
    assert attributes(media) == {
        "TYPE": "AUDIO",
        "GROUP-ID": "audio",
        "NAME": "main",
        "LANGUAGE": "en",
        "DEFAULT": "YES",
        "AUTOSELECT": "YES",
        "CHANNELS": "2",
        "URI": "audio/main/playlist.m3u8",
    }
    (variant,) = tags(playlist, "EXT-X-STREAM-INF")
    assert attributes(variant) == {
        "BANDWIDTH": "5631001",
        "AVERAGE-BANDWIDTH": "5028500",
        "CODECS": "avc1.64001f,mp4a.40.2",
        "RESOLUTION": "1920x1080",
        "FRAME-RATE": "23.976",
        "AUDIO": "audio",
    }
    folder = posixpath.dirname(multivariant_key(ASSET, RECIPE))
    assert [posixpath.join(folder, uri) for uri in uris(playlist)] == [playlist_key(ASSET, RECIPE, "video/1080p")]


@pytest.mark.parametrize(
    ("rungs", "order"),
    [
        ([LOW], ["360p"]),
        ([HIGH], ["1080p"]),
        ([HIGH, LOW], ["360p", "1080p"]),
        ([HIGH, MIDDLE, LOW], ["480p", "360p", "1080p"]),
    ],
)
def test_the_first_variant_is_the_best_one_that_most_connections_carry(rungs: list[Rung], order: list[str]) -> None:
    assert uris(multivariant(rungs)) == [f"video/{name}/playlist.m3u8" for name in order]


def test_only_renditions_that_have_a_segment_are_listed() -> None:
    delivered = fold(PLAN, [video(0, LOW), video(1, HIGH), audio(0)])

    playlist = multivariant_playlist(PLAN, delivered, dict.fromkeys(delivered, Bandwidth(2, 1)))

    assert uris(playlist) == ["video/360p/playlist.m3u8"]


def test_a_silent_asset_has_no_audio_group() -> None:
    own = plan(audio=[])
    delivered = fold(own, [video(0, LOW)])

    playlist = multivariant_playlist(own, delivered, {"video/360p": Bandwidth(2, 1)})

    assert "AUDIO" not in playlist
    assert attributes(tags(playlist, "EXT-X-STREAM-INF")[0])["CODECS"] == "avc1.64001f"


@pytest.mark.parametrize("language", ['en",URI="http://evil.example/', "en\n#EXT-X-ENDLIST", "", "e", None])
def test_a_language_that_is_no_tag_is_left_out(language: str | None) -> None:
    own = plan(audio=[replace(SOUND, language=language)])
    delivered = fold(own, [video(0, LOW), audio(0)])

    playlist = multivariant_playlist(own, delivered, dict.fromkeys(delivered, Bandwidth(2, 1)))

    (media,) = tags(playlist, "EXT-X-MEDIA")
    assert "LANGUAGE" not in attributes(media)
    assert len(playlist.splitlines()) == 6


def test_a_longer_copied_segment_makes_every_target_duration_longer() -> None:
    copied = CopiedRung(name="1080p", segments=[90, 132, 282], chunks=plan().chunks[:1])

    assert target_duration_s(replace(plan(), copied=copied)) == 12
