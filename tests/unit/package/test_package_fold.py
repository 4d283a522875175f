from itertools import permutations

import pytest
from msgspec.structs import replace

from contracts.v1 import Chunk, ChunkEncoded, CopiedRung
from services.package.fold import Delivered, fold
from services.runtime.errors import Permanent
from tests.unit.package.samples import FRAMES, HIGH, LOW, MIDDLE, all_chunks, audio, plan, segment, video

FIRST, SECOND, THIRD = (video(n, LOW) for n in range(3))


def low(*facts: ChunkEncoded) -> Delivered | None:
    return fold(plan(), facts).get("video/360p")


@pytest.mark.parametrize(
    ("facts", "segments", "complete"),
    [
        ([FIRST], 1, False),
        ([FIRST, SECOND], 3, False),
        ([SECOND, FIRST], 3, False),
        ([FIRST, THIRD], 1, False),
        ([FIRST, FIRST, SECOND, FIRST], 3, False),
        ([THIRD, FIRST, SECOND], 6, True),
        ([FIRST, SECOND, THIRD, SECOND], 6, True),
    ],
)
def test_a_rendition_goes_as_far_as_its_segments_have_no_gap(
    facts: list[ChunkEncoded], segments: int, complete: bool
) -> None:
    delivered = low(*facts)

    assert delivered is not None
    assert [own.number for own in delivered.segments] == list(range(segments))
    assert delivered.complete is complete


def test_a_rendition_without_its_first_segment_cannot_be_delivered() -> None:
    assert low(SECOND, THIRD) is None
    assert low() is None


def test_the_order_of_facts_does_not_matter() -> None:
    expected = fold(plan(), all_chunks())

    assert list(expected) == ["video/1080p", "video/480p", "video/360p", "audio/main"]
    assert all(own.complete for own in expected.values())
    assert all(fold(plan(), facts) == expected for facts in permutations(all_chunks()))


def test_the_head_tasks_rung_and_the_other_rungs_come_from_two_facts_about_one_chunk() -> None:
    delivered = fold(plan(), [video(0, LOW, part="video-00000-head"), video(0, HIGH, MIDDLE)])

    assert {name: len(own.segments) for name, own in delivered.items()} == {
        "video/1080p": 1,
        "video/480p": 1,
        "video/360p": 1,
    }


def test_a_last_chunk_may_add_no_audio_of_its_own() -> None:
    silent = audio(2)
    silent = replace(silent, renditions=[replace(silent.renditions[0], segments=[])])

    delivered = fold(plan(), [audio(0), audio(1), silent])["audio/main"]

    assert (len(delivered.segments), delivered.complete) == (3, True)


@pytest.mark.parametrize("changed", [{"init_sha256": "other"}, {"codecs": "avc1.640028"}, {"timescale": 90_000}])
def test_chunks_that_do_not_share_an_init_segment_are_refused(changed: dict[str, object]) -> None:
    odd = replace(SECOND, renditions=[replace(SECOND.renditions[0], **changed)])

    with pytest.raises(Permanent) as caught:
        low(FIRST, odd)
    assert caught.value.code == "chunks_do_not_join"


def test_a_hole_that_no_fact_can_fill_any_more_is_refused() -> None:
    holed = replace(THIRD, renditions=[replace(THIRD.renditions[0], segments=[segment(4, 96_096, 9)])])

    with pytest.raises(Permanent, match="Segment 3 of video/360p"):
        low(FIRST, SECOND, holed)


def test_a_copied_rung_is_complete_with_its_own_chunks() -> None:
    halves = [Chunk(index=0, first_frame=0, end_frame=90), Chunk(index=1, first_frame=90, end_frame=FRAMES)]
    copied = replace(plan(), copied=CopiedRung(name=HIGH.name, segments=[90, 100, 314], chunks=halves))
    facts = [video(0, HIGH), video(1, HIGH), FIRST, SECOND]

    folded = fold(copied, facts)

    assert {name: own.complete for name, own in folded.items()} == {"video/1080p": True, "video/360p": False}
