"""Objects and facts that follow from segments."""

import hashlib
from fractions import Fraction

import pytest
from msgspec.structs import replace

from contracts.v1 import AudioStream, Chunk, EncodeAudio, EncodeVideo, Grid, IFrame, Rational, VideoStream
from services.ladder_encode.decide import (
    Made,
    Upload,
    segments_of,
    share_encoded,
    share_that_ends_with,
    uploads_of,
    video_encoded,
    video_memory_bytes,
)
from services.ladder_encode.segment import EncodedSegment, Header
from tests.unit.ladder_encode.delivery import LOW, ORIGINAL, TRACK, grid

HEADER = Header(init=b"init", codecs="avc1.64001f", timescale=25_000)
CHUNKS = [
    Chunk(index=0, first_frame=0, end_frame=50),
    Chunk(index=1, first_frame=50, end_frame=150),
    Chunk(index=2, first_frame=150, end_frame=151),
]
ON: Grid = grid(Fraction(25), 151)
VIDEO = EncodeVideo(
    asset_id="a1",
    tenant="t",
    recipe="r1",
    original=ORIGINAL,
    lane="bulk",
    part="video-00001",
    grid=ON,
    chunk=CHUNKS[1],
    source=VideoStream(
        index=0, codec="h264", width=80, height=44, frame_rate=Rational(25, 1), start_s=0.0, duration_s=6.04
    ),
    rungs=[LOW],
)
AUDIO = EncodeAudio(
    asset_id="a1",
    tenant="t",
    recipe="r1",
    original=ORIGINAL,
    lane="audio",
    part="audio-0",
    grid=ON,
    chunks=CHUNKS,
    source=AudioStream(index=1, codec="aac", sample_rate_hz=48_000, channels=2, start_s=0.0, duration_s=6.0),
    track=TRACK,
    timeline_start_s=0.0,
)


def segment(number: int, rendition: str = "video/44p", header: Header | None = None) -> EncodedSegment:
    iframes = [IFrame(offset_bytes=0, size_bytes=3, duration_ticks=7)]
    return EncodedSegment(
        rendition=rendition,
        number=number,
        duration_ticks=7,
        data=b"data%d" % number,
        samples=2,
        iframes=iframes,
        header=header,
    )


@pytest.mark.parametrize(("chunk", "expected"), [(CHUNKS[0], [0]), (CHUNKS[1], [1, 2]), (CHUNKS[2], [3])])
def test_chunks_consist_of_whole_segments(chunk: Chunk, expected: list[int]) -> None:
    assert list(segments_of(chunk, ON)) == expected


def test_the_first_segment_brings_the_initialisation_segment() -> None:
    assert uploads_of(VIDEO, segment(1, header=HEADER)) == [
        Upload("assets/a1/r1/video/44p/init.mp4", b"init", "video/mp4"),
        Upload("assets/a1/r1/video/44p/00001.m4s", b"data1", "video/mp4"),
    ]
    assert uploads_of(AUDIO, segment(2, "audio/main")) == [
        Upload("assets/a1/r1/audio/main/00002.m4s", b"data2", "audio/mp4")
    ]


def test_the_fact_states_what_was_made_of_each_rung() -> None:
    made = Made()
    for number, header in ((1, HEADER), (2, None)):
        made.add(segment(number, "video/44p", header))
        made.add(segment(number, "video/22p", header))

    fact = video_encoded(VIDEO, made)

    assert (fact.asset_id, fact.tenant, fact.recipe, fact.part, fact.chunk) == ("a1", "t", "r1", "video-00001", 1)
    assert [rendition.rendition for rendition in fact.renditions] == ["video/22p", "video/44p"]
    low = fact.renditions[1]
    assert (low.codecs, low.timescale, low.init_sha256) == (
        "avc1.64001f",
        25_000,
        hashlib.sha256(b"init").hexdigest(),
    )
    assert [(own.number, own.size_bytes, own.duration_ticks) for own in low.segments] == [(1, 5, 7), (2, 5, 7)]
    assert low.segments[0].sha256 == hashlib.sha256(b"data1").hexdigest()
    assert low.segments[0].iframes == [IFrame(offset_bytes=0, size_bytes=3, duration_ticks=7)]


def test_a_track_is_stated_chunk_by_chunk() -> None:
    made = Made()
    facts = []
    for number in range(4):
        made.add(segment(number, "audio/main", HEADER if number == 0 else None))
        chunk = share_that_ends_with(AUDIO, number)
        if chunk is not None:
            facts.append(share_encoded(AUDIO, chunk, made))

    assert [(fact.part, fact.chunk) for fact in facts] == [
        ("audio-0-00000", 0),
        ("audio-0-00001", 1),
        ("audio-0-00002", 2),
    ]
    assert [[own.number for own in fact.renditions[0].segments] for fact in facts] == [[0], [1, 2], [3]]
    assert len({fact.message_id for fact in facts}) == 3


def test_memory_is_expected_by_pixels_and_the_first_chunk_of_an_asset_waits_for_none() -> None:
    one, two = replace(VIDEO, rungs=[LOW]), replace(VIDEO, rungs=[LOW, LOW])
    assert video_memory_bytes(two) - video_memory_bytes(one) == 130 * LOW.width * LOW.height
    assert video_memory_bytes(replace(VIDEO, lane="head")) == 0
