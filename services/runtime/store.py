"""One bucket of an S3 store: the few operations that Headrace needs.

Permissions: read, write, list and delete in the bucket. Keys: see ``contracts.keys``.
Conditional writes (``If-Match``, ``If-None-Match: *``) must be honoured by the store; without them two replicas
could write an older playlist over a newer one.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from services.runtime.errors import Transient
from services.runtime.multipart import Multipart
from services.runtime.settings import Settings
from services.runtime.store_client import client_of
from services.runtime.store_errors import translated
from services.runtime.store_links import Links

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client

FOREVER = "public, max-age=31536000, immutable"
CHECKED = "no-cache"

_MOST_DELETED = 1000
# Whoever asks whether the store is there waits no longer, and wants no object.
_PATIENCE_S = 5.0
_ASKED_FOR = "there"
# An empty object would take no room.
_TRIAL = b"trial"


class StoredObject(msgspec.Struct, frozen=True):
    """An object; ``etag`` is without quotes, ``metadata`` is the user's own.

    Listings show neither metadata nor ``content_type``; only they show ``stored_at``, when it was written.
    """

    key: str
    size_bytes: int
    etag: str
    metadata: dict[str, str] = {}
    content_type: str = ""
    stored_at: datetime | None = None


class Store(Links):
    """Reads, writes and lists objects, and signs URLs."""

    def __init__(self, bucket: str, client: "S3Client", public_client: "S3Client") -> None:
        """Use one client for the work and one that signs for the address that users see."""
        super().__init__(bucket, client, public_client)
        self.multipart = Multipart(bucket, client, public_client)

    @classmethod
    @asynccontextmanager
    async def connect(cls, settings: Settings) -> AsyncIterator["Store"]:
        """Open clients for the settings' bucket; they close with the context."""
        async with client_of(settings, settings.store_url) as own, client_of(settings, settings.public_url) as public:
            yield cls(settings.bucket, own, public)

    async def put(
        self,
        key: str,
        body: bytes,
        *,
        content_type: str,
        cache_control: str | None = None,
        metadata: Mapping[str, str] | None = None,
        if_match: str | None = None,
        if_absent: bool = False,
    ) -> str:
        """Write an object and return its etag; ``cache_control`` is what readers are told (``FOREVER``, ``CHECKED``).

        Raises: Stale: the object is not the one with the etag ``if_match``, or exists in spite of ``if_absent``.
        """
        options: dict[str, Any] = {"ContentType": content_type, "Metadata": dict(metadata or {})}
        if cache_control is not None:
            options["CacheControl"] = cache_control
        if if_match is not None:
            options["IfMatch"] = f'"{if_match}"'
        if if_absent:
            options["IfNoneMatch"] = "*"
        try:
            answer = await self._client.put_object(Bucket=self.bucket, Key=key, Body=body, **options)
        except (ClientError, BotoCoreError) as error:
            raise translated(error, key, written=True) from error
        return answer["ETag"].strip('"')

    async def get(self, key: str) -> bytes:
        """Return an object's bytes.

        Raises: Permanent: ``object_missing``.
        """
        try:
            answer = await self._client.get_object(Bucket=self.bucket, Key=key)
            return await answer["Body"].read()
        except (ClientError, BotoCoreError) as error:
            raise translated(error, key) from error

    async def head(self, key: str) -> StoredObject | None:
        """Return what the store says of an object, or None when there is none."""
        try:
            answer = await self._client.head_object(Bucket=self.bucket, Key=key)
        except (ClientError, BotoCoreError) as error:
            meant = translated(error, key)
            if meant.code == "object_missing":
                return None
            raise meant from error
        # Stores written in Go answer with names in capitals, which S3 does not have.
        metadata = {name.lower(): value for name, value in answer["Metadata"].items()}
        return StoredObject(key, answer["ContentLength"], answer["ETag"].strip('"'), metadata, answer["ContentType"])

    async def answers(self) -> bool:
        """Tell whether the store answers at all, be it with a refusal."""
        return await _is_answered(self._client.head_object(Bucket=self.bucket, Key=_ASKED_FOR))

    async def takes(self, key: str) -> bool:
        """Write a small object to tell whether the store takes any; one that may not be written tells nothing."""
        return await _is_answered(self._client.put_object(Bucket=self.bucket, Key=key, Body=_TRIAL))

    async def list(self, prefix: str, start_after: str = "") -> AsyncIterator[StoredObject]:
        """Yield the objects below a prefix in the order of their keys."""
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=prefix, StartAfter=start_after
        )
        try:
            async for page in pages:
                for entry in page.get("Contents", []):
                    etag = entry["ETag"].strip('"')
                    yield StoredObject(entry["Key"], entry["Size"], etag, stored_at=entry["LastModified"])
        except (ClientError, BotoCoreError) as error:
            raise translated(error, prefix) from error

    async def delete(self, keys: Sequence[str]) -> None:
        """Delete objects; one that is not there is no error."""
        for first in range(0, len(keys), _MOST_DELETED):
            await self._delete(keys[first : first + _MOST_DELETED])

    async def _delete(self, keys: Sequence[str]) -> None:
        try:
            answer = await self._client.delete_objects(
                Bucket=self.bucket, Delete={"Objects": [{"Key": key} for key in keys], "Quiet": True}
            )
        except (ClientError, BotoCoreError) as error:
            raise translated(error, keys[0]) from error
        for refused in answer.get("Errors", []):
            raise Transient("store_refused", f"The store did not delete {refused.get('Key')}: {refused.get('Message')}")

    async def copy(self, key: str, to_key: str) -> bool:
        """Copy an object inside the store, with its metadata; tell whether it was there."""
        try:
            await self._client.copy_object(
                Bucket=self.bucket, Key=to_key, CopySource={"Bucket": self.bucket, "Key": key}
            )
        except (ClientError, BotoCoreError) as error:
            meant = translated(error, key, written=True)
            if meant.code == "object_missing":
                return False
            raise meant from error
        return True


async def _is_answered(request: Awaitable[object]) -> bool:
    """Tell whether a request is answered in time, and not with a failure of the store's own."""
    try:
        async with asyncio.timeout(_PATIENCE_S):
            await request
    except ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"] < HTTPStatus.INTERNAL_SERVER_ERROR
    except (BotoCoreError, TimeoutError):
        return False
    return True


def etag_of(body: bytes) -> str:
    """Return the etag that S3 stores give a plainly written object; encrypting stores may give another."""
    return hashlib.md5(body, usedforsecurity=False).hexdigest()
