"""What ``package`` leaves in the store, with several replicas at work on one asset."""

import hashlib
from collections.abc import Sequence
from itertools import permutations
from typing import cast

import pytest
from msgspec.structs import replace

from contracts.keys import multivariant_key, playlist_key
from contracts.v1 import (
    AssetPackaged,
    AssetPlayable,
    AssetRestored,
    AssetRetried,
    ChunkEncoded,
    Fact,
    OutputRefused,
    VersionRetired,
)
from services.package.handler import package_asset
from services.runtime.errors import Stale, Transient
from services.runtime.log import FactLog
from services.runtime.store import Store, StoredObject
from tests.hls import uris
from tests.memory_log import MemoryLog
from tests.unit.package.samples import ASSET, LOW, RECIPE, all_chunks, audio, plan, video

PLAN = plan()


class ShelfStore:
    """A store in memory that honours conditions as S3 does."""

    def __init__(self) -> None:
        self.bodies: dict[str, bytes] = {}
        self.writes: list[str] = []

    async def head(self, key: str) -> StoredObject | None:
        body = self.bodies.get(key)
        return None if body is None else StoredObject(key, len(body), hashlib.md5(body).hexdigest())

    async def put(
        self,
        key: str,
        body: bytes,
        *,
        content_type: str,
        cache_control: str,
        if_match: str | None = None,
        if_absent: bool = False,
    ) -> str:
        assert cache_control == "no-cache"
        there = await self.head(key)
        if if_absent and there is not None:
            raise Stale("object_changed", key)
        if if_match is not None and (there is None or there.etag != if_match):
            raise Stale("object_changed", key)
        self.bodies[key] = body
        self.writes.append(key)
        return hashlib.md5(body).hexdigest()

    async def delete(self, keys: Sequence[str]) -> None:
        for key in keys:
            self.bodies.pop(key, None)


async def package(event: Fact, store: ShelfStore, log: MemoryLog) -> list[Fact]:
    stated = await package_asset(event, cast("Store", store), cast("FactLog", log))  # type: ignore[arg-type]
    log.held += stated
    return stated


def low_playlist(store: ShelfStore) -> list[str]:
    return uris(store.bodies[playlist_key(ASSET, RECIPE, "video/360p")].decode())


async def test_every_order_of_chunks_ends_in_the_same_files_and_facts() -> None:
    results = []
    for order in list(permutations(all_chunks()))[::97]:
        store, log = ShelfStore(), MemoryLog(PLAN)
        stated = []
        for event in order:
            log.held.append(event)
            stated += await package(event, store, log)
        results.append(store.bodies)
        assert [type(fact) for fact in stated] == [AssetPlayable, AssetPackaged]

    assert len(results) > 50
    assert all(bodies == results[0] for bodies in results)


async def test_a_replica_with_an_old_view_cannot_overwrite_a_newer_playlist() -> None:
    store, log = ShelfStore(), MemoryLog(PLAN, video(0, LOW), audio(0))
    await package(audio(0), store, log)
    later = video(1, LOW)

    async def another_replica_is_faster() -> None:
        log.held.append(later)
        await package(later, store, log)

    # The slow replica has read the log with a fact that a third one stated; the fast one then writes more.
    log.held.append(audio(1))
    log.after_reading = another_replica_is_faster
    with pytest.raises(Stale):
        await package(audio(1), store, log)

    assert len(low_playlist(store)) == 3
    await package(audio(1), store, log)
    assert len(low_playlist(store)) == 3
    assert len(uris(store.bodies[playlist_key(ASSET, RECIPE, "audio/main")].decode())) == 3


async def test_two_replicas_that_begin_together_do_not_both_create_a_playlist() -> None:
    store, log = ShelfStore(), MemoryLog(PLAN, video(0, LOW))

    async def another_replica_is_faster() -> None:
        log.held.append(video(1, LOW))
        await package(video(1, LOW), store, log)

    log.after_reading = another_replica_is_faster
    with pytest.raises(Stale):
        await package(video(0, LOW), store, log)
    assert len(low_playlist(store)) == 3


async def test_playlists_of_a_plan_that_is_refined_meanwhile_are_not_written() -> None:
    log = MemoryLog(PLAN, video(0, LOW), audio(0))
    refined = replace(PLAN, rungs=PLAN.rungs[1:], stage="refined")

    class Refining(ShelfStore):
        """Takes so long to answer that the plan is refined before."""

        async def head(self, key: str) -> StoredObject | None:
            if refined not in log.held:
                log.held.append(refined)
            return await super().head(key)

    store = Refining()
    with pytest.raises(Stale, match="plan_refined"):
        await package(audio(0), store, log)
    assert store.writes == []


async def test_what_is_there_already_is_not_written_again() -> None:
    store, log = ShelfStore(), MemoryLog(PLAN, *all_chunks())
    first = await package(all_chunks()[0], store, log)
    written = list(store.writes)

    again = [await package(event, store, log) for event in all_chunks()]

    assert len(written) == 9
    assert [type(fact) for fact in first] == [AssetPlayable, AssetPackaged]
    assert store.writes == written
    assert again == [[]] * len(all_chunks())


async def test_another_recipe_of_the_same_asset_is_another_matter() -> None:
    others = [replace(fact, recipe="r2") for fact in (PLAN, *all_chunks())]
    store, log = ShelfStore(), MemoryLog(PLAN, *others, video(0, LOW), audio(0))

    (stated,) = await package(audio(0), store, log)

    assert stated == AssetPlayable(
        asset_id=ASSET, tenant="acme", recipe=RECIPE, hls_key=multivariant_key(ASSET, RECIPE)
    )
    assert all(f"/{RECIPE}/" in key for key in store.bodies)


@pytest.mark.parametrize(("meant", "written"), [(RECIPE, RECIPE), ("r2", "r2"), ("", "r2")])
async def test_playlists_are_written_again_for_the_recipe_that_was_meant(meant: str, written: str) -> None:
    others = [replace(fact, recipe="r2") for fact in (PLAN, *all_chunks())]
    store, log = ShelfStore(), MemoryLog(PLAN, *all_chunks(), *others)

    await package(AssetRetried(asset_id=ASSET, edit="e", step="package", attempt=1, recipe=meant), store, log)

    assert store.bodies
    assert all(f"/{written}/" in key for key in store.bodies)


async def test_a_chunk_whose_plan_is_not_in_the_log_is_tried_again() -> None:
    with pytest.raises(Transient) as caught:
        await package(video(0, LOW), ShelfStore(), MemoryLog(replace(PLAN, recipe="r2")))
    assert caught.value.code == "plan_missing"


async def finished(*later: Fact) -> tuple[ShelfStore, MemoryLog]:
    """Return what is left when everything is packaged, and then more facts come."""
    store, log = ShelfStore(), MemoryLog(PLAN)
    for event in all_chunks():
        log.held.append(event)
        await package(event, store, log)
    log.held += later
    return store, log


def refusal(*shares: str, remake: int = 1, attempt: int = 0) -> OutputRefused:
    return OutputRefused(asset_id=ASSET, recipe=RECIPE, flaws=[], shares=list(shares), remake=remake, attempt=attempt)


async def test_documents_that_were_refused_are_written_anew_and_stated_for_another_look() -> None:
    refused = refusal()
    store, log = await finished(refused)
    key = playlist_key(ASSET, RECIPE, "video/360p")
    right = store.bodies[key]
    store.bodies[key] = b"overwritten"
    written = len(store.writes)

    (again,) = await package(refused, store, log)

    assert isinstance(again, AssetPackaged)
    assert (again.remake, again.attempt) == (1, 0)
    assert again.message_id.endswith(":remake-1")
    assert store.bodies[key] == right
    # Also what seems to lie there as it should: it was read and found wanting.
    assert sorted(store.writes[written:]) == sorted(store.bodies)
    assert await package(refused, store, log) == []


async def test_a_refused_share_is_waited_for_before_another_look() -> None:
    refused = refusal("video-00001", "audio-0-00002", attempt=3)
    store, log = await finished(refused)
    assert await package(refused, store, log) == []
    first, second = (replace(fact, remake=1) for fact in all_chunks() if fact.part in refused.shares)
    stated = []
    for event in (first, second, second):
        log.held.append(event)
        stated.append(await package(event, store, log))

    assert [len(facts) for facts in stated] == [0, 1, 0]
    ((again,),) = (facts for facts in stated if facts)
    assert isinstance(again, AssetPackaged)
    assert (again.remake, again.attempt) == (1, 3)


async def test_a_second_refusal_wants_shares_that_were_made_since() -> None:
    refused = refusal("video-00001", remake=2)
    (share,) = [fact for fact in all_chunks() if fact.part == "video-00001"]
    store, log = await finished(replace(share, remake=1), refused)
    assert await package(refused, store, log) == []
    made: ChunkEncoded = replace(share, remake=2)
    log.held.append(made)
    (again,) = await package(made, store, log)
    assert isinstance(again, AssetPackaged)
    assert again.remake == 2


async def test_what_a_later_attempt_packaged_answers_a_refusal() -> None:
    refused = refusal()
    store, log = await finished(refused)
    retried = AssetRetried(asset_id=ASSET, edit="e", step="package", attempt=2, recipe=RECIPE)
    stated = await package(retried, store, log)
    assert [fact.attempt for fact in stated if isinstance(fact, AssetPackaged)] == [2]
    assert await package(refused, store, log) == []


async def test_what_is_retired_has_no_playlists_any_more() -> None:
    store, chunks = ShelfStore(), all_chunks()
    retired = VersionRetired(asset_id=ASSET, recipe=RECIPE)
    log = MemoryLog(PLAN, *chunks, retired)
    assert await package(chunks[-1], store, log) == []
    assert await package(AssetRestored(asset_id=ASSET, edit="e"), store, log) == []
    assert store.writes == []


async def test_what_is_retired_while_its_playlists_are_written_loses_them_again() -> None:
    store, chunks = ShelfStore(), all_chunks()
    log = MemoryLog(PLAN, *chunks)

    async def retire() -> None:
        log.held.append(VersionRetired(asset_id=ASSET, recipe=RECIPE))

    log.after_reading = retire
    assert await package(chunks[-1], store, log) == []
    assert store.writes != []
    assert store.bodies == {}
