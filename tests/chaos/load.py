"""The load: originals dropped by S3, uploaded by signed URLs and in parts, by clients that try until the store acks.

Only what a store has acknowledged is owed anything. Whose acknowledgement got lost asks again, as clients do.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random
from typing import NamedTuple, TypeVar

import httpx

from contracts.keys import asset_id_of
from services.client import Headrace, Unavailable
from services.runtime.errors import Permanent, Stale, Transient
from services.runtime.store import Store
from tests.chaos.clips import LARGE_BYTES, PART_BYTES, Clip, padded

PATIENCE_S = 300.0
_PAUSE_S = 0.2
_TYPE = "video/mp4"

T = TypeVar("T")


class Upload(NamedTuple):
    """An original that the store acknowledged; times are seconds since 1970."""

    asset_id: str
    clip: Clip
    way: str
    acked_at: float


class Again(Exception):
    """The gateway or the store could not just now."""


async def persistently(attempt: Callable[[], Awaitable[T]]) -> T:
    """Return what an attempt gives, made again until it succeeds."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                return await attempt()
            except (Again, Transient, Unavailable, httpx.TransportError):
                await asyncio.sleep(_PAUSE_S)


class Load:
    """Uploads clips; ``acked`` are those that arrived."""

    def __init__(self, store: Store, http: httpx.AsyncClient, key: str, clips: dict[str, Clip], folder: Path) -> None:
        """Upload to a store, and through a gateway for which ``http`` sends ``key``."""
        self.acked: list[Upload] = []
        self.clips = clips
        self._store = store
        self._http = http
        self._key = key
        self.folder = folder
        self._count = 0

    async def batch(self, rng: Random, *, tenant: str | None = None) -> list[Upload]:
        """Upload a few clips in every way, at nearly the same time."""
        good = [clip for clip in self.clips.values() if clip.code is None and clip.name != "parts"]
        ways = [
            self.drop(rng.choice(good), tenant=tenant),
            self.drop(self.clips["text"] if rng.random() < 0.25 else self.clips["chunks"], tenant=tenant),
            self.signed(rng.choice(good)),
            self.in_parts(self.clips["parts"]),
        ]

        async def soon(way: Awaitable[Upload], pause_s: float) -> Upload:
            await asyncio.sleep(pause_s)
            return await way

        return list(await asyncio.gather(*(soon(way, rng.uniform(0, 0.1)) for way in ways)))

    async def drop(self, clip: Clip, *, tenant: str | None = None) -> Upload:
        """Write a clip into the bucket."""
        key = self._new_key(clip, tenant)
        etag = await persistently(lambda: self._store.put(key, clip.body, content_type=_TYPE))
        return self._note(asset_id_of(self._store.bucket, key, etag, len(clip.body)), clip, "drop")

    async def in_parts(self, clip: Clip) -> Upload:
        """Write a clip into the bucket in parts."""
        key = self._new_key(clip, None)
        etag = await persistently(lambda: self._parts(key, clip))
        return self._note(asset_id_of(self._store.bucket, key, etag, len(clip.body)), clip, "parts")

    async def signed(self, clip: Clip) -> Upload:
        """Upload a clip as an app does: announced to the gateway, sent to the store by a signed URL."""
        asked = {"name": f"{clip.name}.mp4", "size_bytes": len(clip.body), "content_type": _TYPE}
        opened = (await persistently(lambda: self._ask("/v1/uploads", asked))).json()
        target, done = opened["upload"], f"/v1/uploads/{opened['upload_id']}/complete"
        await persistently(lambda: self._put(target["url"], target["headers"], clip.body, done))
        upload = self._note(opened["asset_id"], clip, "signed")
        await persistently(lambda: self._complete(done))
        return upload

    async def large(self, clip: Clip) -> Upload:
        """Upload a clip of more than 100 MiB with Headrace's own client, which goes on where it was."""
        self._count += 1
        path = self.folder / f"large-{self._count}.mp4"
        path.write_bytes(padded(clip.body, LARGE_BYTES))
        url = str(self._http.base_url)
        async with Headrace(url, self._key, use_proxies=False, state=self.folder / "state") as client:
            uploaded = await persistently(lambda: client.upload(path))
        path.unlink()
        return self._note(uploaded.asset_id, clip, "large")

    def _new_key(self, clip: Clip, tenant: str | None) -> str:
        self._count += 1
        folder = f"uploads/tenants/{tenant}" if tenant else "uploads/chaos"
        return f"{folder}/{self._count:05d}-{clip.name}.mp4"

    def _note(self, asset_id: str, clip: Clip, way: str) -> Upload:
        upload = Upload(asset_id, clip, way, time.time())
        self.acked.append(upload)
        return upload

    async def _parts(self, key: str, clip: Clip) -> str:
        multipart = self._store.multipart
        upload_id = await multipart.begin(key, content_type=_TYPE, metadata={})
        try:
            for number, first in enumerate(range(0, len(clip.body), PART_BYTES), start=1):
                await multipart.put_part(key, upload_id, number, clip.body[first : first + PART_BYTES])
            await multipart.complete(key, upload_id, await multipart.parts(key, upload_id))
        except Stale:
            # It was completed before, and the answer got lost.
            pass
        except Permanent as error:
            raise Again from error
        stored = await self._store.head(key)
        if stored is None:
            raise Again
        return stored.etag

    async def _complete(self, path: str) -> None:
        """Say that the file arrived; a session that went with its database needs no word, as the store told already."""
        answer = await self._asked(path)
        if answer.status_code != httpx.codes.NOT_FOUND:
            answer.raise_for_status()

    async def _ask(self, path: str, body: object) -> httpx.Response:
        answer = await self._asked(path, body)
        answer.raise_for_status()
        return answer

    async def _asked(self, path: str, body: object | None = None) -> httpx.Response:
        answer = await self._http.post(path, json=body)
        # The key is unknown for the moment between a new database and its first keys.
        if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR or answer.status_code == httpx.codes.UNAUTHORIZED:
            raise Again
        return answer

    async def _put(self, url: str, headers: dict[str, str], body: bytes, done: str) -> None:
        async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
            answer = await client.put(url, headers=headers, content=body)
        if answer.status_code == httpx.codes.PRECONDITION_FAILED:
            # It may be there already, if an answer got lost; the gateway looks.
            answer = await self._http.post(done)
        if not answer.is_success:
            raise Again
