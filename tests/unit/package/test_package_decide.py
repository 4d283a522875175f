import pytest
from msgspec.structs import replace

from contracts.keys import iframes_key
from contracts.v1 import AssetPackaged, AssetPlanned, AssetPlayable, ChunkEncoded, Fact
from services.package.decide import Decision, decide, document_keys
from tests.hls import attributes, tags
from tests.unit.package.samples import ASSET, HIGH, LOW, MIDDLE, all_chunks, audio, plan, video

PLAN = plan()
SILENT = plan(audio=[])
PLAYABLE = AssetPlayable(asset_id=ASSET, recipe="r1", hls_key="k")
PACKAGED = AssetPackaged(asset_id=ASSET, recipe="r1", hls_key="k", dash_key="k", duration_s=1, renditions=[])


def names(decision: Decision) -> list[str]:
    return [document.key.removeprefix(f"assets/{ASSET}/r1/") for document in decision.documents]


def opened(decision: Decision) -> str:
    """Return the playlist that a player opens."""
    (playlist,) = [document.body.decode() for document in decision.documents if document.key.endswith("index.m3u8")]
    return playlist


@pytest.mark.parametrize(
    ("own", "facts", "stated"),
    [
        (PLAN, [], []),
        (PLAN, [video(0, LOW)], []),
        (PLAN, [audio(0), audio(1), audio(2)], []),
        (PLAN, [video(0, LOW), audio(1)], []),
        (PLAN, [video(0, LOW), audio(0)], [AssetPlayable]),
        (PLAN, [audio(0), video(0, HIGH, MIDDLE)], [AssetPlayable]),
        (PLAN, [video(0, LOW), audio(0), PLAYABLE, audio(1)], []),
        (SILENT, [video(0, LOW)], [AssetPlayable]),
        (SILENT, [video(1, LOW), video(2, LOW)], []),
        (PLAN, all_chunks(), [AssetPlayable, AssetPackaged]),
        (PLAN, [*all_chunks(), PLAYABLE], [AssetPackaged]),
        (PLAN, [*all_chunks()[::-1], PLAYABLE], [AssetPackaged]),
        (PLAN, [*all_chunks(), PLAYABLE, PACKAGED], []),
    ],
)
def test_facts_are_stated_when_they_become_true_and_not_again(
    own: AssetPlanned, facts: list[Fact], stated: list[type[Fact]]
) -> None:
    assert [type(fact) for fact in decide(own, facts).facts] == stated


@pytest.mark.parametrize("left_out", all_chunks(), ids=lambda fact: fact.part)
def test_an_asset_is_not_packaged_while_any_chunk_is_missing(left_out: ChunkEncoded) -> None:
    decision = decide(PLAN, [PLAYABLE, *(fact for fact in all_chunks() if fact != left_out)])

    assert decision.facts == []
    assert "manifest.mpd" not in names(decision)


def test_documents_come_in_an_order_in_which_none_points_at_what_is_not_there() -> None:
    decision = decide(PLAN, all_chunks())

    assert names(decision) == [
        "video/1080p/playlist.m3u8",
        "video/480p/playlist.m3u8",
        "video/360p/playlist.m3u8",
        "audio/main/playlist.m3u8",
        "video/1080p/iframes.m3u8",
        "video/480p/iframes.m3u8",
        "video/360p/iframes.m3u8",
        "index.m3u8",
        "manifest.mpd",
    ]
    assert [document.key for document in decision.documents] == document_keys(PLAN)
    assert [document.content_type for document in decision.documents[-3:]] == [
        "application/vnd.apple.mpegurl",
        "application/vnd.apple.mpegurl",
        "application/dash+xml",
    ]


def test_nothing_is_listed_before_a_player_could_start() -> None:
    assert names(decide(PLAN, [video(0, LOW), video(1, LOW)])) == ["video/360p/playlist.m3u8"]


def test_bandwidths_are_the_plans_while_growing_and_measured_in_the_end() -> None:
    own = plan(rungs=[LOW])
    black = video(0, LOW)
    black = replace(
        black,
        renditions=[replace(black.renditions[0], segments=[replace(black.renditions[0].segments[0], size_bytes=1000)])],
    )
    sounds = [audio(n) for n in range(3)]

    growing, finished = (
        attributes(tags(opened(decide(own, [black, *facts])), "EXT-X-STREAM-INF")[0])
        for facts in ([audio(0)], [*sounds, video(1, LOW), video(2, LOW)])
    )

    assert (growing["BANDWIDTH"], growing["AVERAGE-BANDWIDTH"]) == ("728000", "728000")
    # The third segment has half as much again as planned; audio adds 64000 bytes in 187 frames of 1024/48000 s.
    assert int(finished["BANDWIDTH"]) == 900_000 + 128_343
    assert int(finished["AVERAGE-BANDWIDTH"]) == pytest.approx(
        (1000 + 300_300 * 3 + 450_450 + 75_075) * 8 / 21.021 + (5 * 64_000 + 16_000) * 8 / 21.056, abs=2
    )


def test_the_packaged_fact_measures_every_rendition() -> None:
    decision = decide(PLAN, [*all_chunks(), PLAYABLE])

    (packaged,) = decision.facts
    assert isinstance(packaged, AssetPackaged)
    assert packaged.duration_s == pytest.approx(21.021)
    assert packaged.tenant == "acme"
    assert (packaged.hls_key, packaged.dash_key) == tuple(document_keys(PLAN)[-2:])
    high, _, low, sound = packaged.renditions
    assert (high.rendition, high.width, high.height, high.channels) == ("video/1080p", 1920, 1080, None)
    assert (low.segments, low.size_bytes, low.bandwidth_bps) == (6, 300_300 * 4 + 450_450 + 75_075, 900_000)
    assert low.average_bandwidth_bps == pytest.approx(low.size_bytes * 8 / 21.021, abs=1)
    assert (sound.channels, sound.width, sound.frame_rate) == (2, None, None)
    assert sound.duration_s == pytest.approx(987 * 1024 / 48_000)
    assert low.iframes_key == iframes_key(ASSET, "r1", "video/360p")
    assert sound.iframes_key is None
    assert low.frame_rate == PLAN.grid.frame_rate


def test_sound_of_which_nothing_could_be_decoded_is_warned_of() -> None:
    own = plan()
    facts = [
        replace(fact, renditions=[replace(made, code="undecodable_audio") for made in fact.renditions])
        if fact.part.startswith("audio")
        else fact
        for fact in all_chunks()
    ]
    (packaged,) = [fact for fact in decide(own, [own, *facts]).facts if isinstance(fact, AssetPackaged)]
    (warning,) = packaged.warnings

    assert "audio stream 1" in warning
    assert decide(own, [own, *facts, packaged]).facts[1:] == []
