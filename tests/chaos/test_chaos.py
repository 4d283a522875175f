"""The short form of ``task chaos``: some of its faults, each once, on one stack; and that its eyes are open."""

from collections.abc import AsyncIterator
from random import Random

import pytest

from contracts.v1 import AssetReady
from tests.chaos.fault import Fault
from tests.chaos.faults import FAULTS
from tests.chaos.invariants import differing, lost, stuck
from tests.chaos.load import Upload
from tests.chaos.play import Row, Stage, stage
from tests.chaos.table import percentile, text_of

SEED = 1
_SHORT = [fault for fault in FAULTS if fault.slug in {"store-put", "nats", "postgres", "poison", "again", "all"}]


@pytest.fixture(scope="module")
async def staged(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """Return a stack of its own, which is broken again and again."""
    async with stage(tmp_path_factory.mktemp("chaos"), SEED, *_SHORT) as staged:
        yield staged


@pytest.mark.parametrize("fault", _SHORT, ids=lambda fault: fault.slug)
async def test_nothing_is_lost_stuck_doubled_or_different_after_a_fault(fault: Fault, staged: Stage) -> None:
    row = await staged.play(fault, 1)

    assert not {name: sentences for name, sentences in row.broken.items() if sentences}
    assert row.uploads >= 4


async def test_an_output_that_changed_and_an_upload_that_nobody_knows_are_seen(staged: Stage) -> None:
    own, clip = staged.world, staged.world.load.clips["silent"]
    upload = await own.load.drop(clip)
    end = await own.log.until(lambda: own.log.end_of(upload.asset_id))
    assert isinstance(end.fact, AssetReady)
    await own.store.put(end.fact.hls_key, b"changed", content_type="text/plain")
    unknown = Upload("nobody", clip, "drop", 0.0)
    own.load.acked.append(unknown)
    try:
        assert [upload.asset_id in sentence for sentence in await differing(own, staged.undisturbed)] == [True]
        assert [sentence for sentence in lost(own, await own.log.whole()) if "nobody" in sentence]
        assert [sentence for sentence in stuck(own) if "nobody" in sentence]
    finally:
        own.load.acked.remove(unknown)
        own.load.acked.remove(upload)


def test_every_fault_has_a_name_of_its_own() -> None:
    assert len({fault.slug for fault in FAULTS}) == len({fault.title for fault in FAULTS}) == len(FAULTS)


def test_the_table_counts_what_is_broken_and_says_what_it_was() -> None:
    rows = [Row("a fault", 2, 8, [1.0, 3.0], {"lost": ["no fact about x"], "stuck": []})]

    text = text_of(rows, "task chaos")

    assert text.splitlines()[4].split() == [
        "a",
        "fault",
        "2",
        "8",
        "1",
        "0",
        "0",
        "0",
        "0",
        "0",
        "0",
        "1.0",
        "s",
        "3.0",
        "s",
    ]
    assert "! a fault · lost: no fact about x" in text


def test_percentiles_are_nearest_ranks() -> None:
    values = [Random(1).random() for _ in range(1)] + [2.0, 3.0, 4.0]

    assert (percentile(values, 0.5), percentile(values, 0.99)) == (2.0, 4.0)
