"""The handler, with real media work in a child process."""

from pathlib import Path
from typing import cast

import pytest
from msgspec.structs import replace

from contracts.v1 import AssetIngested, AssetRetried, Original
from services.probe.decide import probe_task
from services.probe.handler import ask_for_probe, probe_original
from services.probe.media import read_probe
from services.runtime.children import MediaChildren
from services.runtime.confinement import Confinement
from services.runtime.errors import Permanent
from services.runtime.log import FactLog
from services.runtime.store import Store
from tests.media import make_clip
from tests.memory_log import MemoryLog


class FileStore:
    """A store whose originals are files."""

    async def presigned_get(self, key: str) -> str:
        return key


def ingested(original: Path) -> AssetIngested:
    size_bytes = original.stat().st_size
    return AssetIngested(
        asset_id="a1",
        original=Original(bucket="media", key=str(original), size_bytes=size_bytes, etag="e"),
        name=original.name,
    )


async def test_an_original_is_measured_in_a_child_and_stated(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", beeps_s=[0.4])
    children = MediaChildren(
        "services.probe.media", memory_bytes=1 << 30, confinement=Confinement(readable=[str(tmp_path)])
    )

    fact = await probe_original(probe_task(ingested(clip)), cast("Store", FileStore()), children)
    await children.close()

    assert fact.probe == read_probe(str(clip), clip.stat().st_size)
    assert fact.original == ingested(clip).original


async def test_a_bad_original_fails_with_the_childs_code(tmp_path: Path) -> None:
    path = tmp_path / "letter.mp4"
    path.write_text("This is a letter, not a film.\n" * 50)
    children = MediaChildren(
        "services.probe.media", memory_bytes=1 << 30, confinement=Confinement(readable=[str(tmp_path)])
    )

    with pytest.raises(Permanent, match="not_media"):
        await probe_original(probe_task(ingested(path)), cast("Store", FileStore()), children)
    await children.close()


async def test_an_empty_original_needs_no_child(tmp_path: Path) -> None:
    path = tmp_path / "empty.mp4"
    path.touch()
    with pytest.raises(Permanent, match="empty_file"):
        await probe_original(probe_task(ingested(path)), cast("Store", None), cast("MediaChildren", None))


async def test_the_look_at_an_original_is_work_that_waits_for_its_turn(tmp_path: Path) -> None:
    event = replace(ingested(make_clip(tmp_path / "clip.mp4")), tenant="acme", priority="high")

    task = await ask_for_probe(event, cast("FactLog", MemoryLog()))

    assert task is not None
    assert task.queue_subject == "queue.v1.probe.head.high.acme.a1.asset"
    assert task.original == event.original


async def test_a_retry_measures_the_original_again_as_an_attempt_of_its_own(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4")
    log = cast("FactLog", MemoryLog(ingested(clip)))
    retried = AssetRetried(asset_id="a1", edit="e", step="probe", attempt=2, profile="best")

    task = await ask_for_probe(retried, log)
    other = await ask_for_probe(replace(retried, step="encode"), log)

    assert task is not None
    assert (task.original, task.attempt, task.profile) == (ingested(clip).original, 2, "best")
    assert task.message_id != probe_task(ingested(clip)).message_id
    assert other is None
