"""Frames in are frames out, and sound stays with its picture; or it is found out."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from contracts.v1 import ChunkEncoded, Segment
from services.finalize.decide import all_made
from services.finalize.decide_samples import sampled
from services.finalize.renditions import Delivered
from services.ladder_encode.media import video
from tests.faulty_encoders import later, losing
from tests.media import make_clip
from tests.outputs import Outputs
from tests.unit.sources.whole_path import unchecked


@pytest.fixture(scope="module")
def incomplete(tmp_path_factory: pytest.TempPathFactory) -> Outputs:
    """Return what an encoder makes that loses the picture in slot 30."""
    clip = make_clip(tmp_path_factory.mktemp("incomplete") / "clip.mkv", frames=125)
    with pytest.MonkeyPatch.context() as encoder:
        encoder.setattr(video, "fill_slots", losing)
        return unchecked(clip).outputs


def stating(outputs: Outputs, rendition: str, change: Callable[[Segment], Segment]) -> Outputs:
    """Return outputs whose facts state something else of one rendition."""
    return outputs.with_facts(
        *(
            replace(
                fact,
                renditions=[
                    replace(own, segments=[change(segment) for segment in own.segments])
                    if own.rendition == rendition
                    else own
                    for own in fact.renditions
                ],
            )
            for fact in outputs.facts
            if isinstance(fact, ChunkEncoded)
        )
    )


def rendition(outputs: Outputs, name: str) -> Delivered:
    made = all_made(outputs.facts, outputs.plan.recipe)
    assert made is not None
    return next(own for own in made.renditions if own.name == name)


async def test_a_lost_picture_is_found_by_what_is_stated(incomplete: Outputs) -> None:
    findings = await incomplete.findings()

    assert {(finding.code, finding.part) for finding in findings} == {
        ("frames_lost", "video-00000"),
        ("frames_lost", "video-00000-head"),
    }
    assert all("has 99 of 100 pictures in segment 0" in finding.message for finding in findings)


async def test_a_lost_picture_is_found_in_the_segment_itself(outputs: Outputs, incomplete: Outputs) -> None:
    """Facts that were written by an encoder that cannot count."""
    lost = incomplete.objects[incomplete.key("video/90p", 0)]
    (finding,) = await outputs.made_of("video/90p", 0, lost).findings()

    assert (finding.code, finding.key, finding.part) == ("frames_lost", outputs.key("video/90p", 0), "video-00000")
    assert "holds 99 of 100 pictures" in finding.message


async def test_a_segment_less_is_found(outputs: Outputs) -> None:
    chunks = [fact for fact in outputs.facts if isinstance(fact, ChunkEncoded) and fact.part == "video-00001"]
    shorter = [
        replace(own, segments=own.segments[:-1]) if own.rendition == "video/44p" else own
        for own in chunks[0].renditions
    ]
    (finding,) = await outputs.with_facts(replace(chunks[0], renditions=shorter)).findings()
    assert (finding.code, finding.remedy) == ("frames_lost", "encode")


@pytest.mark.parametrize("name", ["audio/main", "video/90p"])
@pytest.mark.parametrize("late_ms", [1, 100, 5000])
async def test_a_segment_that_is_moved_drifts(outputs: Outputs, name: str, late_ms: int) -> None:
    ticks = late_ms * rendition(outputs, name).timescale // 1000
    moved = later(outputs.objects[outputs.key(name, 2)], ticks)
    (finding,) = await outputs.made_of(name, 2, moved).findings()

    assert (finding.code, finding.key) == ("drift", outputs.key(name, 2))
    assert f"{late_ms}.0 ms" in finding.message


@pytest.mark.parametrize(("frames", "drifts"), [(0, False), (1, True), (-1, True), (2, True), (-2, True)])
async def test_sound_that_is_cut_further_from_its_picture_in_each_segment_drifts(
    outputs: Outputs, frames: int, drifts: bool
) -> None:
    stated = stating(
        outputs,
        "audio/main",
        lambda segment: replace(segment, duration_ticks=segment.duration_ticks + 1024 * frames),
    )
    findings = await stated.findings()

    assert [finding.code for finding in findings] == ["drift"] * drifts
    assert all(finding.remedy == "encode" for finding in findings)


async def test_a_stated_length_that_is_not_the_segments_is_found(outputs: Outputs) -> None:
    """One tick is too little for sound to drift, but a manifest says it and the segment does not."""
    stated = stating(outputs, "audio/main", lambda segment: replace(segment, duration_ticks=segment.duration_ticks + 1))
    codes = {finding.code for finding in await stated.findings()}
    assert {"frames_lost", "manifest_invalid"} <= codes


@pytest.mark.parametrize(("segments", "looks"), [(1, 1), (2, 2), (10, 3), (99, 3), (900, 6), (9000, 6)])
def test_the_first_the_last_and_few_others_are_looked_into(outputs: Outputs, segments: int, looks: int) -> None:
    own = rendition(outputs, "video/90p")
    (like,) = own.segments[:1]
    film = replace(own, segments=[replace(like, number=n) for n in range(segments)], parts=["p"] * segments)
    drawn = {recipe: sampled(replace(film, recipe=recipe)) for recipe in map(str, range(50))}

    for numbers in drawn.values():
        assert (numbers[0], numbers[-1]) == (0, segments - 1)
        assert len(numbers) <= looks
    assert max(map(len, drawn.values())) == looks
    assert sampled(replace(film, recipe="1")) == drawn["1"]
    # By and by, all are seen.
    assert len({number for numbers in drawn.values() for number in numbers}) > min(segments - 1, 20)
