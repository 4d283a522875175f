"""How files are cut, named and checked."""

from datetime import UTC, datetime

import pytest

from services.gateway.decide_uploads import (
    ONE_PUT_BYTES,
    PartPlan,
    check_arrived,
    check_complete,
    check_name,
    name_of_url,
    part_plan,
)
from services.gateway.upload_session import Session
from services.runtime.errors import Permanent
from services.runtime.multipart import MOST_PARTS, PART_BYTES, StoredPart
from services.runtime.store import StoredObject

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TIB = 1 << 40


def stored(number: int, size_bytes: int) -> StoredPart:
    return StoredPart(number, size_bytes, "e", NOW)


@pytest.mark.parametrize("size_bytes", [1, ONE_PUT_BYTES])
def test_up_to_100_mib_are_sent_whole(size_bytes: int) -> None:
    assert part_plan(size_bytes) is None


@pytest.mark.parametrize(
    ("size_bytes", "part_bytes", "count"),
    [
        (ONE_PUT_BYTES + 1, PART_BYTES, 11),
        (2_000_000_000, PART_BYTES, 191),
        (PART_BYTES * MOST_PARTS, PART_BYTES, MOST_PARTS),
        (PART_BYTES * MOST_PARTS + 1, 11 << 20, 9091),
        (5 * TIB, 525 << 20, 9987),
    ],
)
def test_larger_files_are_cut_into_parts_of_which_no_store_takes_too_many(
    size_bytes: int, part_bytes: int, count: int
) -> None:
    plan = part_plan(size_bytes)
    assert plan is not None
    assert (plan.part_bytes, plan.count) == (part_bytes, count)
    assert plan.length(1) == part_bytes
    assert plan.length(1) * (count - 1) + plan.length(count) == size_bytes
    assert 0 < plan.length(count) <= part_bytes


def test_only_parts_of_the_right_length_count_as_held() -> None:
    plan = PartPlan(25, 10)
    assert plan.held({1: stored(1, 10), 2: stored(2, 9), 3: stored(3, 5), 4: stored(4, 10)}) == [1, 3]


def test_a_file_of_which_parts_are_missing_is_not_complete() -> None:
    check_complete(PartPlan(25, 10), [1, 2, 3])
    with pytest.raises(Permanent, match="2 of 3 parts are missing: 1, 3") as refused:
        check_complete(PartPlan(25, 10), [2])
    assert refused.value.code == "upload_incomplete"
    with pytest.raises(Permanent, match="100 parts are missing: 1, 2, 3, 4, 5 …"):
        check_complete(PartPlan(1000, 10), [])


@pytest.mark.parametrize(
    ("size_bytes", "content_type", "code"),
    [(4, "video/mp4", "upload_differs"), (5, "text/html", "upload_differs"), (None, "", "upload_incomplete")],
)
def test_what_arrived_must_be_what_was_announced(size_bytes: int | None, content_type: str, code: str) -> None:
    session = Session(
        upload_id="up_1", tenant="acme", asset_id="a", key="k", name="n", size_bytes=5, content_type="video/mp4",
        profile="fast", playback_policy="public", priority="normal", language="",
        part_bytes=None, store_upload_id=None, state="open", created_at=NOW, expires_at=NOW,
    )  # fmt: skip
    good = StoredObject("k", 5, "e", content_type="video/mp4")
    assert check_arrived(session, good) == good
    arrived = None if size_bytes is None else StoredObject("k", size_bytes, "e", content_type=content_type)
    with pytest.raises(Permanent) as refused:
        check_arrived(session, arrived)
    assert refused.value.code == code


@pytest.mark.parametrize("name", ["clip.mp4", "mein 'Clip' \"1\".mov", "Привет 👩‍🚀.mp4", "ж" * 127])
def test_ordinary_names_stay_as_they_are(name: str) -> None:
    check_name(name)


@pytest.mark.parametrize("name", ["a/b.mp4", "..", ".", "a\nb", "a\x00", "ж" * 128])
def test_names_that_cannot_be_the_end_of_a_key_are_refused(name: str) -> None:
    with pytest.raises(Permanent) as refused:
        check_name(name)
    assert refused.value.code == "name_invalid"


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://films.example/a/clip%20one.mp4?x=/y#z", "clip one.mp4"),
        ("https://films.example/a/clip.mp4/", "clip.mp4"),
        ("https://films.example/", "import"),
        ("https://films.example", "import"),
        ("https://films.example/..", "import"),
        ("https://films.example/a%0Ab%00.mp4", "ab.mp4"),
        ("https://films.example/a%2F..%2Fb.mp4", "b.mp4"),
        (f"https://films.example/{'%D1%91' * 200}.mp4", "ё" * 125 + ".mp4"),
    ],
)
def test_an_imports_name_is_the_last_of_its_url(url: str, name: str) -> None:
    assert name_of_url(url) == name
    check_name(name_of_url(url))
