"""Everything that lies in the store for a finished asset, made in this process, to be looked at and to be spoilt."""

import hashlib
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import Any, TypeVar, cast

import msgspec
from msgspec.structs import replace

from contracts.keys import asset_prefix, init_key, segment_key, thumbnail_key
from contracts.v1 import (
    AssetPackaged,
    AssetPlanned,
    AssetReady,
    ChunkEncoded,
    CopyRefused,
    Fact,
    OutputRefused,
    ThumbnailMade,
)
from services.finalize.decide import all_made
from services.finalize.handler import finalize_asset
from services.finalize.look import findings_in
from services.finalize.renditions import Finding
from services.package.decide import decide
from services.runtime.children import MediaChildren
from services.runtime.errors import Permanent
from services.runtime.log import FactLog
from services.runtime.store import Store, StoredObject, etag_of
from tests.memory_log import MemoryLog

T = TypeVar("T")


class DictStore:
    """A store in memory that remembers what was read."""

    def __init__(self, objects: Mapping[str, bytes]) -> None:
        self.objects = dict(objects)
        self.read: list[str] = []
        self.etag_of: Callable[[bytes], str] = etag_of
        self.unlisted: set[str] = set()

    async def list(self, prefix: str) -> AsyncIterator[StoredObject]:
        for key, body in sorted(self.objects.items()):
            if key.startswith(prefix) and key not in self.unlisted:
                yield StoredObject(key, len(body), self.etag_of(body))

    async def head(self, key: str) -> StoredObject | None:
        body = self.objects.get(key)
        return None if body is None else StoredObject(key, len(body), self.etag_of(body))

    async def get(self, key: str) -> bytes:
        self.read.append(key)
        if key not in self.objects:
            raise Permanent("object_missing", "It is not there.")
        return self.objects[key]


class SameProcess:
    """Media work without a child."""

    async def run(self, function: Callable[..., T], *args: Any, deadline_s: float, network: bool) -> T:
        assert not network
        return function(*args)


class Outputs(msgspec.Struct):
    """A finished asset: the facts that state it, and its objects by key."""

    facts: list[Fact]
    objects: dict[str, bytes]

    @property
    def plan(self) -> AssetPlanned:
        return next(fact for fact in self.facts if isinstance(fact, AssetPlanned))

    @property
    def packaged(self) -> AssetPackaged:
        return next(fact for fact in self.facts if isinstance(fact, AssetPackaged))

    def key(self, rendition: str, number: int) -> str:
        """Return the key of a segment."""
        return segment_key(self.plan.asset_id, self.plan.recipe, rendition, number)

    def made_of(self, rendition: str, number: int, data: bytes) -> "Outputs":
        """Return the same with a segment that its encoder made of these bytes, and states as they are."""
        facts = [_stating(fact, rendition, number, data) for fact in self.facts]
        return Outputs(facts, self.objects | {self.key(rendition, number): data})

    def with_facts(self, *facts: Fact) -> "Outputs":
        """Return the same with facts that take the place of those on the same subjects."""
        later = {fact.subject: fact for fact in facts}
        return Outputs([*(fact for fact in self.facts if fact.subject not in later), *facts], self.objects)

    async def findings(self, store: DictStore | None = None) -> list[Finding]:
        """Return what the last look finds."""
        made = all_made(self.facts, self.plan.recipe)
        assert made is not None
        own = store or DictStore(self.objects)
        return await findings_in(made, cast("Store", own), cast("MediaChildren", SameProcess()))

    async def finalized(self, store: DictStore | None = None) -> AssetReady | OutputRefused | CopyRefused | None:
        """Return what ``finalize`` states of it."""
        own, log = store or DictStore(self.objects), MemoryLog(*self.facts)
        return await finalize_asset(
            self.packaged, cast("Store", own), cast("MediaChildren", SameProcess()), cast("FactLog", log)
        )


def outputs_of(
    plan: AssetPlanned,
    chunks: Iterable[ChunkEncoded],
    inits: Mapping[str, bytes],
    segments: Mapping[tuple[str, int], bytes],
) -> Outputs:
    """Package renditions whose segments are given by name and number."""
    place = plan.asset_id, plan.recipe
    chunks = list(chunks)
    decision = decide(plan, [plan, *chunks])
    pictures = [thumbnail_key(*place, name) for name in ("poster.jpg", "storyboard.vtt")]
    thumbnail = ThumbnailMade(
        asset_id=plan.asset_id,
        recipe=plan.recipe,
        poster_key=pictures[0],
        poster_width=16,
        poster_height=9,
        storyboard_key=pictures[1],
        tiles=1,
    )
    objects = {init_key(*place, name): init for name, init in inits.items()}
    objects |= {segment_key(*place, name, number): data for (name, number), data in segments.items()}
    objects |= {document.key: document.body for document in decision.documents} | dict.fromkeys(pictures, b"picture")
    assert all(key.startswith(asset_prefix(*place)) for key in objects)
    return Outputs([plan, *chunks, thumbnail, *decision.facts], objects)


def _stating(fact: Fact, rendition: str, number: int, data: bytes) -> Fact:
    if not isinstance(fact, ChunkEncoded):
        return fact
    digests = {"size_bytes": len(data), "sha256": hashlib.sha256(data).hexdigest(), "md5": etag_of(data)}
    return replace(
        fact,
        renditions=[
            replace(
                own,
                segments=[
                    replace(segment, **digests) if (own.rendition, segment.number) == (rendition, number) else segment
                    for segment in own.segments
                ],
            )
            for own in fact.renditions
        ],
    )
