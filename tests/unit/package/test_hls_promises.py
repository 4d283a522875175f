"""The checker of written assets, which tests of the whole rely on: it accepts what is made and sees what is broken."""

import re
from collections.abc import Callable
from fractions import Fraction

import pytest

from contracts.keys import iframes_key, init_key, multivariant_key, playlist_key, segment_key
from contracts.v1 import AssetPlanned, Chunk, ChunkEncoded, EncodeAudio, EncodeVideo
from services.ladder_encode.decide import Made, share_encoded, uploads_of, video_encoded
from services.ladder_encode.media.audio import encode_audio
from services.ladder_encode.media.video import encode_video
from services.ladder_encode.segment import EncodedSegment
from services.package.decide import decide
from tests.hls import broken_promises
from tests.media import make_clip
from tests.unit.ladder_encode.delivery import HIGH, LOW, TRACK, audio_task, grid, probed, video_task

ASSET = ("asset", "recipe")
INDEX = multivariant_key(*ASSET)
PLAYLIST, KEY_PICTURES = playlist_key(*ASSET, "video/90p"), iframes_key(*ASSET, "video/90p")
SOUND = playlist_key(*ASSET, "audio/main")
SEGMENT, INIT = segment_key(*ASSET, "video/90p", 1), init_key(*ASSET, "video/90p")

Objects = dict[str, bytes]


@pytest.fixture(scope="module")
def asset(tmp_path_factory: pytest.TempPathFactory) -> Objects:
    """Return everything that is written for a clip of 5.2 s with sound."""
    clip = make_clip(tmp_path_factory.mktemp("asset") / "clip.mp4", frames=130, beeps_s=[0.4])
    probe, on = probed(clip), grid(Fraction(25), 130)
    chunk = Chunk(index=0, first_frame=0, end_frame=130)
    plan = AssetPlanned(asset_id=ASSET[0], recipe=ASSET[1], grid=on, rungs=[HIGH, LOW], chunks=[chunk], audio=[TRACK])
    objects: Objects = {}
    facts: list[ChunkEncoded] = []
    picture: EncodeVideo = video_task(probe, on, chunk, plan.rungs)
    sound: EncodeAudio = audio_task(probe, on, segments=9)
    for task, segments in ((picture, encode_video(str(clip), picture)), (sound, encode_audio(str(clip), sound))):
        made = Made()
        for segment in segments:
            assert isinstance(segment, EncodedSegment)
            made.add(segment)
            objects |= {upload.key: upload.body for upload in uploads_of(task, segment)}
        facts.append(video_encoded(task, made) if isinstance(task, EncodeVideo) else share_encoded(task, chunk, made))
    return objects | {document.key: document.body for document in decide(plan, facts).documents}


def test_a_finished_asset_breaks_no_promise(asset: Objects) -> None:
    assert broken_promises(asset, INDEX) == []
    assert b"EXT-X-I-FRAME-STREAM-INF" in asset[INDEX]


def edited(key: str, pattern: str, by: str) -> Callable[[Objects], Objects]:
    """Return a change of the first place in a text that matches."""

    def change(objects: Objects) -> Objects:
        text, count = re.subn(pattern, by, objects[key].decode(), count=1, flags=re.MULTILINE)
        assert count == 1
        return objects | {key: text.encode()}

    return change


def without(key: str) -> Callable[[Objects], Objects]:
    return lambda objects: {own: body for own, body in objects.items() if own != key}


def as_for(key: str, other: str) -> Callable[[Objects], Objects]:
    return lambda objects: objects | {key: objects[other]}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (edited(INDEX, "#EXTM3U\n", ""), "is no playlist"),
        (edited(INDEX, "#EXT-X-INDEPENDENT-SEGMENTS\n", ""), "not said to be independent"),
        (edited(INDEX, "#EXT-X-STREAM-INF:.*\n", ""), "do not pair"),
        (edited(INDEX, "STREAM-INF:BANDWIDTH=", "STREAM-INF:BANDWIDTH=1"), "BANDWIDTH is 1"),
        (edited(INDEX, r"STREAM-INF:BANDWIDTH=\d+", "STREAM-INF:BANDWIDTH=1000"), "BANDWIDTH is 1000, measured"),
        (edited(INDEX, r"AVERAGE-BANDWIDTH=\d+", "AVERAGE-BANDWIDTH=10"), "AVERAGE-BANDWIDTH is 10, measured"),
        (edited(INDEX, r"I-FRAME-STREAM-INF:BANDWIDTH=\d+", "I-FRAME-STREAM-INF:BANDWIDTH=10"), "BANDWIDTH is 10,"),
        (edited(INDEX, r"CODECS=\"avc1\.[0-9a-f]*,mp4a.40.2\",", ""), "without ['CODECS']"),
        (edited(INDEX, ",mp4a.40.2", ""), "CODECS is avc1"),
        (edited(INDEX, "avc1.64", "avc1.4d"), "CODECS is avc1.4d"),
        (edited(INDEX, r"RESOLUTION=\d+", "RESOLUTION=99"), "RESOLUTION is 99x"),
        (edited(INDEX, "90p/iframes", "90p/playlist"), "is no playlist of key pictures"),
        (edited(INDEX, "(I-FRAME-STREAM-INF:)", r"\1FRAME-RATE=25,"), "is no playlist of key pictures"),
        (edited(INDEX, "TYPE=AUDIO", "TYPE=VIDEO"), "neither sound nor named"),
        (edited(PLAYLIST, "TARGETDURATION:2", "TARGETDURATION:1"), "longer than the target duration"),
        (edited(PLAYLIST, "TARGETDURATION:2", "TARGETDURATION:3"), "different target durations"),
        (edited(PLAYLIST, "EXT-X-VERSION:7", "EXT-X-VERSION:5"), "version 6"),
        (edited(PLAYLIST, "#EXT-X-ENDLIST\n", ""), "does not end"),
        (edited(PLAYLIST, "VOD", "EVENT"), "does not end"),
        (edited(PLAYLIST, "#EXTINF:.*\n", ""), "URIs without duration"),
        (edited(PLAYLIST, "#EXTINF:2.000000", "#EXTINF:2.100000"), "lasts 2.000000 s, stated 2.100000 s"),
        (edited(PLAYLIST, "#EXT-X-MEDIA-SEQUENCE", "#EXT-X-DISCONTINUITY"), "tags that players may not know"),
        (edited(KEY_PICTURES, r"(BYTERANGE:)(\d+)@0", r"\g<1>9\2@0"), "shorter than its range"),
        (edited(KEY_PICTURES, "#EXT-X-I-FRAMES-ONLY\n", ""), "is no playlist of key pictures"),
        (edited(SOUND, "00001.m4s", "00007.m4s"), "not in the store"),
        (without(SEGMENT), "not in the store"),
        (without(KEY_PICTURES), "iframes.m3u8: is not in the store"),
        (as_for(SEGMENT, segment_key(*ASSET, "video/90p", 2)), "lasts"),
        (as_for(SEGMENT, INIT), "begins with no fragment"),
        (as_for(INIT, init_key(*ASSET, "video/44p")), "RESOLUTION is 160x90"),
    ],
)
def test_a_broken_promise_is_seen(asset: Objects, change: Callable[[Objects], Objects], sentence: str) -> None:
    assert any(sentence in promise for promise in broken_promises(change(asset), INDEX))


def test_a_range_that_holds_more_than_the_key_picture_is_seen(asset: Objects) -> None:
    whole = len(asset[segment_key(*ASSET, "video/90p", 0)])

    promises = broken_promises(edited(KEY_PICTURES, r"BYTERANGE:\d+@0", f"BYTERANGE:{whole}@0")(asset), INDEX)

    assert any("pictures instead of one" in promise for promise in promises)
