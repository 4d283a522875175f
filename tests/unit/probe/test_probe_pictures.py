"""What an index says of pictures, and whether it is believed."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from contracts.v1 import PictureIndex
from services.probe.media import read_probe
from services.probe.pictures import is_constant
from services.runtime.media_h264 import first_picture_unit
from tests.media import make_clip
from tests.range_server import serving

REGULAR = {"preset": "veryfast", "x264-params": "keyint=30:min-keyint=30:scenecut=0"}
OPEN_GROUPS = {"preset": "veryfast", "x264-params": "open-gop=1:keyint=30:min-keyint=30:scenecut=0"}


def pictures(clip: Path) -> PictureIndex | None:
    return read_probe(str(clip), clip.stat().st_size).video[0].pictures


@pytest.mark.parametrize(
    "arguments",
    [
        {"options": REGULAR},
        {"options": REGULAR | {"bf": "0"}},
        {"options": REGULAR, "start_s": Fraction(3)},
        {"options": REGULAR, "beeps_s": [0.5], "container_options": {"movflags": "faststart"}},
        {"options": REGULAR, "rate": Fraction(24_000, 1001)},
    ],
)
def test_a_regular_original_is_known_as_one(tmp_path: Path, arguments: dict[str, Any]) -> None:
    assert pictures(make_clip(tmp_path / "clip.mp4", frames=110, **arguments)) == PictureIndex(
        frames=110, groups=[30, 30, 30, 20], longest_group=30, constant_rate=True, closed_groups=True
    )


def test_groups_that_need_what_lies_before_them_are_not_closed(tmp_path: Path) -> None:
    found = pictures(make_clip(tmp_path / "clip.mp4", frames=110, options=OPEN_GROUPS))
    assert found is not None
    assert not found.closed_groups


def test_a_rate_that_varies_is_not_constant(tmp_path: Path) -> None:
    times = [Fraction(n, 25) + (Fraction(n, 100) if n > 50 else 0) for n in range(100)]
    found = pictures(make_clip(tmp_path / "clip.mp4", times_s=times, options=REGULAR))
    assert found is not None
    assert found.frames == 100
    assert not found.constant_rate


def test_groups_shorter_than_a_second_are_stated_together(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=100, options={"g": "10"})
    found = pictures(clip)
    assert found is not None
    assert (found.groups, found.longest_group) == ([30, 30, 30, 10], 10)


@pytest.mark.parametrize("name", ["clip.mkv", "clip.ts", "clip.flv"])
def test_containers_without_an_index_of_all_pictures_say_nothing(tmp_path: Path, name: str) -> None:
    assert pictures(make_clip(tmp_path / name, frames=60, options=REGULAR)) is None


def test_an_index_beyond_the_end_of_the_file_says_nothing(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=110, options=REGULAR, container_options={"movflags": "faststart"})
    clip.write_bytes(clip.read_bytes()[:-400])
    assert pictures(clip) is None


def test_pictures_that_an_edit_list_hides_are_counted_apart(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=110, options=REGULAR, start_s=Fraction(-1, 2))
    found = pictures(clip)
    assert found is not None
    assert (found.hidden, found.frames) == (13, 97)
    assert not found.closed_groups


def test_looking_at_key_pictures_takes_few_requests(tmp_path: Path) -> None:
    # Filler makes it too large to be read through.
    filled = "keyint=30:min-keyint=30:scenecut=0:nal-hrd=cbr:bitrate=4000:vbv-maxrate=4000:vbv-bufsize=4000:filler=1"
    clip = make_clip(tmp_path / "clip.mp4", frames=600, options={"x264-params": filled}, beeps_s=[1.0])
    assert clip.stat().st_size > 10_000_000
    with serving(clip) as served:
        probe = read_probe(served.url, clip.stat().st_size)
        assert len(served.ranges) <= 6
    assert probe.video[0].pictures is not None
    assert probe.video[0].pictures.closed_groups


@pytest.mark.parametrize(
    ("times", "rate", "constant"),
    [
        ([0, 40, 80, 120], Fraction(1, 40), True),
        ([0, 59, 80, 120], Fraction(1, 40), True),
        ([0, 60, 80, 120], Fraction(1, 40), False),
        ([-80, -40, 0, 41], Fraction(1, 40), True),
        ([0, 33, 67, 100], Fraction(30, 1000), True),
        ([0, 33, 67, 117], Fraction(30, 1000), False),
        ([5], Fraction(1, 40), True),
    ],
)
def test_a_rate_is_constant_if_no_picture_strays_by_half_of_one(
    times: list[int], rate: Fraction, constant: bool
) -> None:
    assert is_constant(times, rate) is constant


def unit(kind: int, length_bytes: int = 4) -> bytes:
    return (3).to_bytes(length_bytes, "big") + bytes([kind, 0xFF, 0xFF])


@pytest.mark.parametrize(
    ("sample", "length_bytes", "kind"),
    [
        (unit(0x65), 4, 5),
        (unit(0x09) + unit(0x06) + unit(0x67) + unit(0x65), 4, 5),
        (unit(0x06) + unit(0x41) + unit(0x65), 4, 1),
        (unit(0x06, 2) + unit(0x25, 2), 2, 5),
        (unit(0x06), 4, None),
        (b"", 4, None),
    ],
)
def test_the_first_unit_of_a_picture_is_found_behind_others(sample: bytes, length_bytes: int, kind: int | None) -> None:
    assert first_picture_unit(sample, bytes([1, 100, 0, 30, 0xFC | length_bytes - 1, 0xE1])) == kind


def test_units_without_stated_lengths_are_not_read() -> None:
    assert first_picture_unit(b"\0\0\0\1\x65\xff", b"\0\0\0\1\x67\x64") is None
