"""What the handlers leave in the store and say, with real media work in a child process."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, nullcontext
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import pytest
from msgspec.structs import replace

from contracts.base import Message
from contracts.keys import init_key, segment_key
from contracts.v1 import ChunkEncoded, CopyRefused, CopyVideo, EncodeAudio, EncodedRendition, EncodeVideo, Fact
from services.ladder_encode.decide import Upload
from services.ladder_encode.handler import copy_original, encode_audio_track, encode_video_chunk
from services.ladder_encode.uploads import MOST_IN_FLIGHT, uploading
from services.runtime.children import MediaChildren
from services.runtime.confinement import Confinement
from services.runtime.errors import Transient
from services.runtime.log import FactLog
from services.runtime.publish import Publisher
from services.runtime.store import Store, StoredObject, etag_of
from tests.media import make_clip
from tests.unit.ladder_encode import test_encode_copy as copying
from tests.unit.ladder_encode.delivery import (
    HIGH,
    LOW,
    audio_task,
    chunks,
    delivered_audio,
    delivered_video,
    grid,
    probed,
    video_task,
)

ON = grid(Fraction(25), 120)


class FileStore:
    """A store in memory whose originals are files."""

    def __init__(self, original: Path) -> None:
        self.original = original
        self.bodies: dict[str, bytes] = {}
        self.types: dict[str, str] = {}
        self.writes: list[str] = []
        self.at_once = 0
        self.most_at_once = 0

    async def presigned_get(self, key: str) -> str:
        return str(self.original)

    async def head(self, key: str) -> StoredObject | None:
        body = self.bodies.get(key)
        return None if body is None else StoredObject(key, len(body), etag_of(body))

    async def put(self, key: str, body: bytes, *, content_type: str, **_: Any) -> str:
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        await asyncio.sleep(0)
        self.bodies[key], self.types[key] = body, content_type
        self.writes.append(key)
        self.at_once -= 1
        return "etag"


class MemoryLog:
    """A log that holds the given facts."""

    def __init__(self, *facts: Fact) -> None:
        self.held = facts

    async def stated(self, subject_filter: str) -> set[str]:
        prefix = subject_filter.removesuffix(">")
        return {fact.subject for fact in self.held if fact.subject.startswith(prefix)}

    async def facts(self, asset_id: str, *kinds: type[Fact]) -> list[Fact]:
        return [fact for fact in self.held if isinstance(fact, kinds)]


class SameProcess:
    """Runs media work here; ``made`` counts the items that the work has yielded, ``open`` what was not closed."""

    def __init__(self) -> None:
        self.made = 0
        self.open = 0

    def room(self, expected_bytes: int) -> AbstractAsyncContextManager[None]:
        return nullcontext()

    async def stream(
        self,
        work: Callable[..., Iterator[Any]],
        *args: Any,
        deadline_s: float,
        niceness: int = 0,
        later_niceness: int = 0,
    ) -> AsyncIterator[Any]:
        self.open += 1
        try:
            for item in work(*args):
                self.made += 1
                yield item
        finally:
            self.open -= 1


@pytest.fixture
async def media(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[MediaChildren]:
    names = ("copy", "video", "audio")
    confinement = Confinement(readable=[str(tmp_path_factory.getbasetemp())])
    children = MediaChildren(
        *(f"services.ladder_encode.media.{name}" for name in names), memory_bytes=2 << 30, confinement=confinement
    )
    yield children
    await children.close()


async def encode_chunk(task: EncodeVideo, store: FileStore, media: object, *held: Fact) -> ChunkEncoded | None:
    log = cast("FactLog", MemoryLog(*held))
    return await encode_video_chunk(task, cast("Store", store), cast("MediaChildren", media), log)


async def encode_track(task: EncodeAudio, store: FileStore, media: object, publish: object, *held: Fact) -> None:
    log = cast("FactLog", MemoryLog(*held))
    children, publisher = cast("MediaChildren", media), cast("Publisher", publish)
    await encode_audio_track(task, cast("Store", store), children, log, publisher)


async def copy_pictures(
    task: CopyVideo, store: FileStore, media: object, publish: object, *held: Fact
) -> CopyRefused | None:
    log = cast("FactLog", MemoryLog(*held))
    children, publisher = cast("MediaChildren", media), cast("Publisher", publish)
    return await copy_original(task, cast("Store", store), children, log, publisher)


def stored(store: FileStore, made: EncodedRendition) -> list[bytes]:
    """Return the objects that a fact names, having checked that they are what it says."""
    init = store.bodies[init_key("asset", "recipe", made.rendition)]
    assert hashlib.sha256(init).hexdigest() == made.init_sha256
    bodies = [store.bodies[segment_key("asset", "recipe", made.rendition, own.number)] for own in made.segments]
    assert [(len(body), hashlib.sha256(body).hexdigest()) for body in bodies] == [
        (own.size_bytes, own.sha256) for own in made.segments
    ]
    return [init, *bodies]


async def test_a_chunk_lies_in_the_store_when_it_is_stated(tmp_path: Path, media: MediaChildren) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=120)
    store = FileStore(clip)
    task = video_task(probed(clip), ON, chunks(ON)[1], [LOW, HIGH])

    fact = await encode_chunk(task, store, media)

    assert fact is not None
    assert (fact.part, fact.chunk) == ("video-00001", 1)
    expected = delivered_video(clip, [LOW, HIGH])
    assert {made.rendition: stored(store, made) for made in fact.renditions} == {
        name: [own.headers[0].init, own.segments[1].data] for name, own in expected.items()
    }
    assert set(store.types.values()) == {"video/mp4"}
    assert len(store.bodies) == 4


async def test_a_track_lies_in_the_store_when_it_is_stated(tmp_path: Path, media: MediaChildren) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=120, beeps_s=[0.4])
    store = FileStore(clip)
    facts: list[ChunkEncoded] = []

    async def publish(message: Message) -> None:
        assert isinstance(message, ChunkEncoded)
        stored(store, message.renditions[0])
        facts.append(message)

    task = audio_task(probed(clip), ON, segments=2)
    await encode_track(task, store, media, publish)

    assert [(fact.part, fact.chunk) for fact in facts] == [("audio-0-00000", 0), ("audio-0-00001", 1)]
    assert [[own.number for own in fact.renditions[0].segments] for fact in facts] == [[0, 1], [2]]
    assert b"".join(body for fact in facts for body in stored(store, fact.renditions[0])[1:]) == b"".join(
        segment.data for segment in delivered_audio(clip).segments
    )
    assert set(store.types.values()) == {"audio/mp4"}


async def test_a_tracks_first_chunk_is_stated_while_the_rest_is_still_to_be_made(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=120, beeps_s=[0.4])
    media, made_when_stated = SameProcess(), []

    async def publish(message: Message) -> None:
        made_when_stated.append(media.made)

    task = audio_task(probed(clip), ON)
    await encode_track(task, FileStore(clip), media, publish)

    assert made_when_stated == [1, 2, 3]


async def test_media_work_that_is_left_in_the_middle_is_over_when_the_handler_is(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=120, beeps_s=[0.4])
    media = SameProcess()

    async def publish(message: Message) -> None:
        raise Transient("bus_away", "Nobody listens.")

    # What failed is held here, and with it all that it passed through.
    with pytest.raises(Transient, match="bus_away") as failed:
        await encode_track(audio_task(probed(clip), ON), FileStore(clip), media, publish)
    assert (media.made, media.open, failed.value.code) == (1, 0, "bus_away")


async def test_uploads_overlap_but_not_without_bound(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=250)
    on = replace(ON, frames=250, segment_frames=10, gop_frames=5)
    store = FileStore(clip)

    task = video_task(probed(clip), on, chunks(on, 25)[0], [LOW, HIGH])
    await encode_chunk(task, store, SameProcess())

    assert len(store.bodies) == 2 * 26
    assert 1 < store.most_at_once <= MOST_IN_FLIGHT


async def test_a_task_that_comes_again_writes_only_what_is_missing_or_other(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=120)
    task = video_task(probed(clip), ON, chunks(ON, 3)[0], [LOW])
    store = FileStore(clip)
    first = await encode_chunk(task, store, SameProcess())
    whole = dict(store.bodies)
    missing, other = (segment_key("asset", "recipe", "video/44p", number) for number in (1, 2))
    del store.bodies[missing]
    store.bodies[other] = store.bodies[other][:-1]
    store.writes.clear()

    again = await encode_chunk(task, store, SameProcess())

    assert sorted(store.writes) == sorted([missing, other])
    assert store.bodies == whole
    assert again == first


async def test_a_chunk_that_the_log_says_is_done_is_not_encoded(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=120)
    task, other = (video_task(probed(clip), ON, chunk, [LOW]) for chunk in chunks(ON)[:2])
    store, media = FileStore(clip), SameProcess()
    done = await encode_chunk(task, store, media)
    assert done is not None
    media.made = 0
    store.writes.clear()

    assert await encode_chunk(task, store, media, done) is None
    assert (media.made, store.writes) == (0, [])
    assert await encode_chunk(other, store, media, done) is not None


async def test_a_track_states_only_the_chunks_that_are_not_stated_yet(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=120, beeps_s=[0.4])
    facts: list[ChunkEncoded] = []

    async def publish(fact: ChunkEncoded) -> None:
        facts.append(fact)

    task, store, media = audio_task(probed(clip), ON), FileStore(clip), SameProcess()
    await encode_track(task, store, media, publish)
    whole = list(facts)
    store.writes.clear()
    facts.clear()
    await encode_track(task, store, media, publish, *whole[:2])
    assert facts == whole[2:]
    assert store.writes == []

    media.made = 0
    await encode_track(task, store, media, publish, *whole)
    assert facts == whole[2:]
    assert media.made == 0


async def test_a_chunk_that_was_refused_is_encoded_and_written_anew_once(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=120)
    task, store, media = video_task(probed(clip), ON, chunks(ON)[0], [LOW]), FileStore(clip), SameProcess()
    done = await encode_chunk(task, store, media)
    assert done is not None
    written = list(store.writes)
    store.writes.clear()

    # Whatever the store says of what lies there, it was refused.
    again = await encode_chunk(replace(task, remake=1), store, media, done)
    assert again == replace(done, remake=1)
    assert again.message_id == f"{done.message_id}:remake-1"
    assert sorted(store.writes) == sorted(written)

    media.made = 0
    assert await encode_chunk(replace(task, remake=1), store, media, again) is None
    assert media.made == 0


async def test_shares_of_a_track_that_were_refused_are_stated_anew_once(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=120, beeps_s=[0.4])
    facts: list[ChunkEncoded] = []

    async def publish(fact: ChunkEncoded) -> None:
        facts.append(fact)

    task, store, media = audio_task(probed(clip), ON), FileStore(clip), SameProcess()
    await encode_track(task, store, media, publish)
    whole = list(facts)
    facts.clear()
    again = replace(task, remake=1)
    # The worker died when it had stated one share.
    await encode_track(again, store, media, publish, replace(whole[0], remake=1), *whole[1:])
    assert facts == [replace(fact, remake=1) for fact in whole[1:]]
    facts.clear()
    await encode_track(again, store, media, publish, *(replace(fact, remake=1) for fact in whole))
    assert facts == []


async def test_what_is_copied_is_stated_chunk_by_chunk_and_only_once(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=120, options=copying.FIXED)
    facts: list[ChunkEncoded] = []

    async def publish(fact: ChunkEncoded) -> None:
        facts.append(fact)

    task, store, media = copying.task_for(probed(clip)), FileStore(clip), SameProcess()
    assert await copy_pictures(task, store, media, publish) is None
    whole = list(facts)
    assert [fact.part for fact in whole] == ["copy-00000", "copy-00001", "copy-00002"]
    store.writes.clear()
    facts.clear()

    await copy_pictures(task, store, media, publish, *whole[:2])
    assert (facts, store.writes) == (whole[2:], [])

    media.made = 0
    await copy_pictures(task, store, media, publish, *whole)
    assert media.made == 0


async def test_what_cannot_be_copied_to_its_end_is_stated_and_fails_nothing(
    tmp_path: Path, media: MediaChildren
) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=120, options=copying.FIXED)
    facts: list[ChunkEncoded] = []

    async def publish(fact: ChunkEncoded) -> None:
        facts.append(fact)

    refused = await copy_pictures(
        copying.task_for(probed(clip), segments=[25, 25, 20, 50]), FileStore(clip), media, publish
    )

    assert [fact.part for fact in facts] == ["copy-00000"]
    assert refused is not None
    assert (refused.recipe, refused.part, refused.code) == ("recipe", "copy", "index_not_true")


async def test_a_chunk_of_a_plan_that_was_given_up_is_not_encoded(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=120)
    task, media = video_task(probed(clip), ON, chunks(ON)[0], [LOW]), SameProcess()
    given_up = CopyRefused(asset_id="asset", recipe="recipe", part="copy", code="open_gop", message="")

    assert await encode_chunk(task, FileStore(clip), media, given_up) is None
    assert media.made == 0
    assert await encode_chunk(task, FileStore(clip), media, replace(given_up, recipe="other")) is not None


async def test_sound_and_copies_of_a_plan_that_was_given_up_are_not_made(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=120, options=copying.FIXED, beeps_s=[0.4])
    copy, sound, media = copying.task_for(probed(clip)), audio_task(probed(clip), ON), SameProcess()
    refused = CopyRefused(asset_id="asset", recipe="recipe", part="copy", code="open_gop", message="")

    async def publish(fact: ChunkEncoded) -> None:
        raise AssertionError

    assert await copy_pictures(copy, FileStore(clip), media, publish, refused) is None
    await encode_track(sound, FileStore(clip), media, publish, refused)
    assert media.made == 0


async def test_a_failed_upload_fails_the_task() -> None:
    class FullStore(FileStore):
        async def put(self, key: str, body: bytes, **_: Any) -> str:
            raise Transient("store_unreachable", "The store does not answer.")

    with pytest.raises(Transient, match="store_unreachable"):
        async with uploading(cast("Store", FullStore(Path()))) as uploads:
            await uploads.begin([Upload("key", b"", "video/mp4")])
