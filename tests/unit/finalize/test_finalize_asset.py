"""When ``finalize`` says that an asset is ready, when it has outputs made once more, and when it gives them up."""

from random import Random

import pytest
from msgspec.structs import replace

from contracts.keys import init_key
from contracts.v1 import (
    AssetDeleted,
    AssetPackaged,
    AssetPlanned,
    AssetReady,
    AssetRestored,
    ChunkEncoded,
    CopyRefused,
    OutputRefused,
    ThumbnailMade,
    VersionRetired,
)
from services.finalize.boxes import samples_of
from services.finalize.decide import all_made
from services.finalize.handler import finalize_asset
from services.runtime.errors import Permanent, Transient
from tests.memory_log import MemoryLog
from tests.outputs import DictStore, Outputs

PIECES = (AssetPlanned, ChunkEncoded, AssetPackaged, ThumbnailMade)


async def refused(outputs: Outputs, store: DictStore) -> OutputRefused:
    stated = await outputs.finalized(store)
    assert isinstance(stated, OutputRefused)
    return stated


def flipped(data: bytes, at: int = -1) -> bytes:
    """Return as many bytes, of which one is another."""
    changed = bytearray(data)
    changed[at] ^= 0xFF
    return bytes(changed)


def remade(outputs: Outputs, refusal: OutputRefused) -> Outputs:
    """Return the facts after everything that was refused was made once more."""
    chunks = [
        replace(fact, remake=refusal.remake)
        for fact in outputs.facts
        if isinstance(fact, ChunkEncoded) and fact.part in refusal.shares
    ]
    packaged = replace(outputs.packaged, attempt=refusal.attempt, remake=refusal.remake)
    return outputs.with_facts(refusal, *chunks, packaged)


@pytest.mark.parametrize("missing", [AssetPlanned, AssetPackaged, ThumbnailMade])
def test_what_is_still_to_come_is_waited_for(outputs: Outputs, missing: type) -> None:
    facts = [fact for fact in outputs.facts if not isinstance(fact, missing)]
    assert all_made(facts, outputs.plan.recipe) is None
    assert all_made(outputs.facts, outputs.plan.recipe) is not None
    assert all_made(outputs.facts, "another") is None


def test_what_is_to_be_removed_is_not_looked_at(outputs: Outputs) -> None:
    place = {"asset_id": outputs.plan.asset_id}
    assert all_made([*outputs.facts, VersionRetired(recipe="another", **place)], outputs.plan.recipe) is not None
    assert all_made([*outputs.facts, VersionRetired(recipe=outputs.plan.recipe, **place)], outputs.plan.recipe) is None


async def test_an_asset_whose_outputs_are_right_is_ready(outputs: Outputs) -> None:
    ready = await outputs.finalized()

    assert isinstance(ready, AssetReady)
    assert (ready.hls_key, ready.dash_key) == (outputs.packaged.hls_key, outputs.packaged.dash_key)
    assert (ready.duration_s, ready.attempt) == (9.0, 0)


async def test_what_is_ready_is_not_looked_at_again(outputs: Outputs) -> None:
    ready = await outputs.finalized()
    assert isinstance(ready, AssetReady)
    store = DictStore({})

    assert await outputs.with_facts(ready).finalized(store) is None
    assert store.read == []


@pytest.mark.parametrize("kind", [AssetPackaged, ThumbnailMade])
async def test_what_was_made_again_is_looked_at_and_ready_again(
    outputs: Outputs, kind: type[AssetPackaged | ThumbnailMade]
) -> None:
    (fact,) = [fact for fact in outputs.facts if isinstance(fact, kind)]
    before = await outputs.finalized()
    assert isinstance(before, AssetReady)

    again = await outputs.with_facts(before, replace(fact, attempt=2)).finalized()

    assert again == replace(before, attempt=2)
    assert again.message_id == f"{before.message_id}:2"


async def test_a_listing_proves_segments_and_few_of_them_are_read(outputs: Outputs) -> None:
    store = DictStore(outputs.objects)
    await outputs.finalized(store)

    segments = [key for key in store.read if key.endswith(".m4s")]
    assert len(segments) == len(set(segments)) <= 3 * 3
    assert len(store.read) == len(set(store.read))


async def test_where_etags_are_no_checksums_every_segment_is_read(outputs: Outputs) -> None:
    store = DictStore(outputs.objects)
    store.etag_of = lambda body: "encrypted"

    assert isinstance(await outputs.finalized(store), AssetReady)
    assert {key for key in store.read if key.endswith(".m4s")} == {key for key in store.objects if key.endswith(".m4s")}


async def test_a_listing_that_lags_behind_refuses_nothing(outputs: Outputs) -> None:
    store = DictStore(outputs.objects)
    store.unlisted = set(store.objects)

    assert isinstance(await outputs.finalized(store), AssetReady)


@pytest.mark.parametrize("rendition", ["video/90p", "video/44p", "audio/main"])
async def test_other_bytes_of_the_same_length_have_their_share_encoded_once_more(
    outputs: Outputs, rendition: str
) -> None:
    key = outputs.key(rendition, 1)
    refusal = await refused(outputs, DictStore(outputs.objects | {key: flipped(outputs.objects[key])}))

    assert [(flaw.code, flaw.key) for flaw in refusal.flaws] == [("output_damaged", key)]
    assert refusal.shares == ["audio-0-00001" if rendition.startswith("audio") else "video-00001"]
    assert (refusal.remake, refusal.attempt, refusal.pictures) == (1, 0, False)


async def test_of_many_flaws_only_some_are_told_and_all_are_made_again(outputs: Outputs) -> None:
    refusal = await refused(outputs, DictStore({}))

    assert {flaw.code for flaw in refusal.flaws} == {"output_missing"}
    assert len(refusal.flaws) <= 20
    assert refusal.shares == sorted(fact.part for fact in outputs.facts if isinstance(fact, ChunkEncoded))
    assert refusal.pictures


@pytest.mark.parametrize("rendition", ["video/90p", "audio/main"])
async def test_an_initialisation_segment_must_be_the_one_that_was_made(outputs: Outputs, rendition: str) -> None:
    key = init_key(outputs.plan.asset_id, outputs.plan.recipe, rendition)
    for spoilt in (outputs.objects | {key: b"x"}, {own: body for own, body in outputs.objects.items() if own != key}):
        refusal = await refused(outputs, DictStore(spoilt))
        assert [flaw.key for flaw in refusal.flaws] == [key]
        assert len(refusal.shares) == 1


async def test_a_poster_that_is_missing_or_empty_is_made_once_more(outputs: Outputs) -> None:
    (thumbnail,) = [fact for fact in outputs.facts if isinstance(fact, ThumbnailMade)]
    for key in (thumbnail.poster_key, thumbnail.storyboard_key):
        refusal = await refused(outputs, DictStore(outputs.objects | {key: b""}))
        assert (refusal.pictures, refusal.shares) == (True, [])
        assert [flaw.key for flaw in refusal.flaws] == [key]


async def test_nothing_follows_until_everything_that_was_refused_is_made(outputs: Outputs) -> None:
    key = outputs.key("video/90p", 1)
    refusal = await refused(outputs, DictStore(outputs.objects | {key: b"x"}))

    assert await outputs.with_facts(refusal).finalized() is None
    assert isinstance(await remade(outputs, refusal).finalized(), AssetReady)
    pictures = replace(refusal, pictures=True)
    assert await remade(outputs, pictures).finalized() is None


async def test_what_is_wrong_twice_is_given_up_with_its_code(outputs: Outputs) -> None:
    key = outputs.key("video/90p", 1)
    store = DictStore(outputs.objects | {key: b"x"})
    refusal = await refused(outputs, store)

    with pytest.raises(Permanent, match="It was made twice") as caught:
        await remade(outputs, refusal).finalized(store)
    assert caught.value.code == "output_damaged"


async def test_a_later_attempt_may_have_it_made_once_more(outputs: Outputs) -> None:
    store = DictStore(outputs.objects | {outputs.key("video/90p", 1): b"x"})
    first = await refused(outputs, store)
    retried = remade(outputs, first).with_facts(replace(outputs.packaged, attempt=2))

    second = await refused(retried, store)
    assert (second.attempt, second.remake) == (2, 2)
    assert second.message_id != first.message_id
    assert await retried.with_facts(second).finalized(store) is None


async def test_a_copy_that_does_not_decode_is_planned_anew_and_encoded(copied: Outputs) -> None:
    assert copied.plan.copied is not None
    rendition = f"video/{copied.plan.copied.name}"
    data = copied.objects[copied.key(rendition, 0)]
    picture = samples_of(data)[0]
    begin, end = picture.offset + 720, picture.offset + picture.size
    spoilt = data[:begin] + Random(0).randbytes(end - begin) + data[end:]

    stated = await copied.made_of(rendition, 0, spoilt).finalized()

    assert isinstance(stated, CopyRefused)
    assert (stated.part, stated.code) == ("copy", "copy_undecodable")


async def test_what_comes_back_from_deletion_is_waited_for(outputs: Outputs) -> None:
    restored = AssetRestored(asset_id=outputs.plan.asset_id, edit="e")
    with pytest.raises(Transient) as caught:
        await finalize_asset(restored, DictStore({}), None, MemoryLog(*outputs.facts))  # type: ignore[arg-type]  # stand-ins
    assert caught.value.code == "output_missing"


async def test_what_is_taken_away_while_it_is_looked_at_is_not_made_again(outputs: Outputs) -> None:
    log = MemoryLog(*outputs.facts)

    class EmptiedStore(DictStore):
        async def get(self, key: str) -> bytes:
            purge_at = "2030-01-01T00:00:00Z"
            log.held.append(AssetDeleted(asset_id=outputs.plan.asset_id, edit="e", purge_at=purge_at))  # type: ignore[arg-type]  # not looked at
            return await super().get(key)

    assert await finalize_asset(outputs.packaged, EmptiedStore({}), None, log) is None  # type: ignore[arg-type]  # stand-ins
