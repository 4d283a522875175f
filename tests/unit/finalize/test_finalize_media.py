"""What is seen of segments that are taken apart and decoded."""

import struct

import pytest

from contracts.keys import init_key
from contracts.v1 import ChunkEncoded
from services.finalize.boxes import samples_of
from services.finalize.media import Seen, look_at
from tests.outputs import Outputs


def seen(outputs: Outputs, rendition: str, *segments: bytes, init: bytes | None = None) -> list[Seen]:
    own = outputs.objects[init_key(outputs.plan.asset_id, outputs.plan.recipe, rendition)]
    return look_at(own if init is None else init, list(segments))


def stated_ticks(outputs: Outputs, rendition: str) -> list[int]:
    chunks = sorted((fact for fact in outputs.facts if isinstance(fact, ChunkEncoded)), key=lambda fact: fact.chunk)
    own = [made for fact in chunks for made in fact.renditions if made.rendition == rendition]
    return [segment.duration_ticks for made in own for segment in made.segments]


@pytest.mark.parametrize(
    ("rendition", "samples", "origin"),
    [("video/90p", [100, 100, 25], 250_000), ("video/44p", [100, 100, 25], 250_000), ("audio/main", None, 478_976)],
)
def test_a_segment_holds_what_its_fact_states(
    outputs: Outputs, rendition: str, samples: list[int] | None, origin: int
) -> None:
    segments = [outputs.objects[outputs.key(rendition, number)] for number in range(3)]
    looks = seen(outputs, rendition, *segments)

    assert [look.error for look in looks] == [""] * 3
    assert all(look.begins_with_sync for look in looks)
    assert [look.lasts_ticks for look in looks] == stated_ticks(outputs, rendition)
    assert [look.begins_ticks for look in looks] == [
        origin + sum(look.lasts_ticks for look in looks[:number]) for number in range(3)
    ]
    if samples is not None:
        assert [look.samples for look in looks] == samples


def test_samples_fill_the_segments_data(outputs: Outputs) -> None:
    data = outputs.objects[outputs.key("video/90p", 1)]
    samples = samples_of(data)

    assert [sample.is_sync for sample in samples] == [number % 50 == 0 for number in range(100)]
    assert sorted(sample.pts for sample in samples) == [350_000 + 1000 * number for number in range(100)]
    # The length of a NAL unit stands at the beginning of each.
    for sample in samples:
        (first,) = struct.unpack_from(">I", data, sample.offset)
        assert first + 4 <= sample.size


def _shorter_sample(data: bytes) -> bytes:
    """Return a segment whose first run states one byte less for its last sample that states its size."""
    run = data.index(b"trun") + 4
    flags, count = struct.unpack_from(">II", data, run)
    width = 4 * sum(bool(flags & field) for field in (0x100, 0x200, 0x400, 0x800))
    at = run + 8 + 4 * bool(flags & 0x1) + 4 * bool(flags & 0x4) + (count - 1) * width + 4 * bool(flags & 0x100)
    (size,) = struct.unpack_from(">I", data, at)
    return data[:at] + struct.pack(">I", size - 1) + data[at + 4 :]


@pytest.mark.parametrize(
    ("spoilt", "why"),
    [
        (lambda data: data[:-1], "fit into each other"),
        (lambda data: data[: len(data) // 2], "fit into each other"),
        (lambda data: data[data.index(b"mdat") - 4 :], "consist of fragments"),
        (lambda data: b"", "consist of fragments"),
        (lambda data: bytes(len(data)), "fit into each other"),
        (lambda data: data.replace(b"trun", b"free", 1), "end in the middle"),
        (lambda data: data.replace(b"tfdt", b"free", 1), "end in the middle"),
        (_shorter_sample, "fill its data"),
    ],
)
def test_what_is_no_segment_says_why(outputs: Outputs, spoilt: object, why: str) -> None:
    assert callable(spoilt)
    data = spoilt(outputs.objects[outputs.key("video/90p", 1)])
    (look,) = seen(outputs, "video/90p", data)

    assert why in look.error


@pytest.mark.parametrize("rendition", ["video/90p", "audio/main"])
def test_what_does_not_decode_is_told(outputs: Outputs, rendition: str) -> None:
    data = outputs.objects[outputs.key(rendition, 1)]
    sample = samples_of(data)[0]
    spoilt = data[: sample.offset] + b"\xff" * sample.size + data[sample.offset + sample.size :]
    broken, whole = seen(outputs, rendition, spoilt, data)

    assert "decodes to" in broken.error
    # One does not spoil the next.
    assert whole.error == ""


def test_segments_need_their_own_initialisation_segment(outputs: Outputs) -> None:
    data = outputs.objects[outputs.key("video/90p", 1)]
    (look,) = seen(outputs, "video/90p", data, init=b"nothing")

    assert "cannot be opened" in look.error
