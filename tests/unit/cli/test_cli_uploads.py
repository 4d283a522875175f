"""Which key and which parts a file is uploaded under."""

from pathlib import Path
from typing import get_args

import pytest

from contracts.profiles import Profile
from services.cli.uploads import MOST_PARTS, PART_BYTES, content_key, part_bytes_of


def test_the_same_content_has_the_same_key_and_other_content_another(tmp_path: Path) -> None:
    one, same, other = (tmp_path / folder / "clip.mp4" for folder in ("one", "same", "other"))
    for path, content in ((one, b"a"), (same, b"a"), (other, b"b")):
        path.parent.mkdir()
        path.write_bytes(content)
    assert content_key(one) == content_key(same) == "uploads/ca978112ca1bbdca/clip.mp4"
    assert content_key(other) != content_key(one)


def test_each_profile_makes_another_asset_of_the_same_file(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"a")

    assert len({content_key(clip, profile) for profile in get_args(Profile)}) == 3
    assert content_key(clip, "fast") == content_key(clip)


@pytest.mark.parametrize("size_bytes", [1, PART_BYTES, MOST_PARTS * PART_BYTES, MOST_PARTS * PART_BYTES + 1, 5 << 40])
def test_no_file_has_more_parts_than_a_store_takes(size_bytes: int) -> None:
    part_bytes = part_bytes_of(size_bytes)
    assert part_bytes >= PART_BYTES
    assert -(-size_bytes // part_bytes) <= MOST_PARTS
