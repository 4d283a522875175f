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
from urllib.parse import quote

import msgspec
from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from botocore.exceptions import BotoCoreError, ClientError

from services.runtime.errors import Transient
from services.runtime.multipart import Multipart
from services.runtime.settings import Settings
from services.runtime.store_errors import translated

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

# A session reads the description of S3's API, which takes 0.1 s and 12 MB, once for all of its clients.
_session = get_session()


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


class Store:
    """Reads, writes and lists objects, and signs URLs."""

    def __init__(self, bucket: str, client: "S3Client", public_client: "S3Client") -> None:
        """Use one client for the work and one that signs for the address that users see."""
        self.bucket = bucket
        self._client = client
        self._public_client = public_client
        self.multipart = Multipart(bucket, client, public_client)

    @classmethod
    @asynccontextmanager
    async def connect(cls, settings: Settings) -> AsyncIterator["Store"]:
        """Open clients for the settings' bucket; they close with the context."""
        async with _client(settings, settings.store_url) as own, _client(settings, settings.public_url) as public:
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

    async def presigned_download(self, key: str, name: str, expires_s: int = 3600) -> str:
        """Return a URL under which users save one object as a file of this name for a while."""
        # Source: RFC 6266 §4.3, RFC 8187 §3.2.1.
        disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
        return await self._public_client.generate_presigned_url(
            "get_object",
            Params={"Bucket": self.bucket, "Key": key, "ResponseContentDisposition": disposition},
            ExpiresIn=expires_s,
        )

    async def presigned_get(self, key: str, expires_s: int = 3600) -> str:
        """Return a URL that reads one object for a while, for our own media children."""
        return await self._client.generate_presigned_url(
            "get_object", Params={"Bucket": self.bucket, "Key": key}, ExpiresIn=expires_s
        )

    async def presigned_read(self, key: str, expires_s: int) -> str:
        """Return a URL that reads one object for a while, for users."""
        return await self._public_client.generate_presigned_url(
            "get_object", Params={"Bucket": self.bucket, "Key": key}, ExpiresIn=expires_s
        )

    async def presigned_put(
        self,
        key: str,
        *,
        size_bytes: int,
        content_type: str,
        metadata: Mapping[str, str] | None = None,
        expires_s: int = 3600,
    ) -> str:
        """Return a URL that writes one new object of exactly this length, type and metadata, for users.

        The sender must send the headers ``Content-Type``, ``If-None-Match: *`` and ``x-amz-meta-…`` as signed.
        """
        params = {
            "Bucket": self.bucket,
            "Key": key,
            "ContentLength": size_bytes,
            "ContentType": content_type,
            "IfNoneMatch": "*",
            "Metadata": dict(metadata or {}),
        }
        return await self._public_client.generate_presigned_url("put_object", Params=params, ExpiresIn=expires_s)


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


def _client(settings: Settings, endpoint_url: str) -> Any:
    # SigV4 must be asked for: the default for presigned URLs signs neither length nor type.
    config = AioConfig(
        signature_version="s3v4",
        s3={"addressing_style": "path"},
        connect_timeout=5,
        read_timeout=60,
        retries={"max_attempts": 2},
        max_pool_connections=32,
    )
    return _session.create_client(
        "s3",
        endpoint_url=endpoint_url,
        region_name=settings.store_region,
        aws_access_key_id=settings.store_access_key,
        aws_secret_access_key=settings.store_secret_key.get_secret_value(),
        config=config,
    )
