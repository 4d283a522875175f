"""Uploads straight to the bucket: one PUT, or parts in parallel when the file is large."""

import asyncio
import hashlib
import math
import mimetypes
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from botocore.exceptions import BotoCoreError, ClientError

from contracts.keys import UPLOADS, asset_id_of
from contracts.profiles import DEFAULT_PROFILE, PROFILE_METADATA, Profile
from services.cli.errors import CommandError
from services.runtime.settings import Settings

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client
    from types_aiobotocore_s3.type_defs import CompletedPartTypeDef

MULTIPART_FROM_BYTES = 64 << 20
PART_BYTES = 16 << 20
MOST_PARTS = 10_000  # Amazon S3 user guide, "Multipart upload limits"
_AT_ONCE = 4


class Uploaded(msgspec.Struct, frozen=True):
    """A file in the bucket, and the asset that it is."""

    asset_id: str
    file: str
    key: str
    size_bytes: int


def content_key(path: Path, profile: Profile = DEFAULT_PROFILE) -> str:
    """Return the key of a file, with a folder of its content's hash: other content never takes its place.

    Each profile but the default has keys of its own, and so makes another asset of the same file.
    """
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    chosen = "" if profile == DEFAULT_PROFILE else f"-{profile}"
    return f"{UPLOADS}{digest[:16]}{chosen}/{path.name}"


class Uploader:
    """Writes files into one bucket."""

    def __init__(self, client: "S3Client", bucket: str, profile: Profile) -> None:
        """Use a client and a bucket; ``profile`` is what the files are to be encoded with."""
        self._client = client
        self._bucket = bucket
        self._metadata = {PROFILE_METADATA: profile}

    @classmethod
    @asynccontextmanager
    async def connect(cls, settings: Settings, profile: Profile = DEFAULT_PROFILE) -> AsyncIterator["Uploader"]:
        """Open a client with the settings' credentials."""
        config = AioConfig(signature_version="s3v4", s3={"addressing_style": "path"}, retries={"max_attempts": 3})
        async with get_session().create_client(
            "s3",
            endpoint_url=settings.store_url,
            region_name=settings.store_region,
            aws_access_key_id=settings.store_access_key,
            aws_secret_access_key=settings.store_secret_key.get_secret_value(),
            config=config,
        ) as client:
            yield cls(client, settings.bucket, profile)

    async def upload(self, path: Path, key: str, sent: Callable[[int], None]) -> Uploaded:
        """Write a file under a key; ``sent`` is called with the number of bytes of each part that arrived.

        Raises: CommandError: the store refuses or does not answer.
        """
        size_bytes = size_of(path)
        try:
            if size_bytes > MULTIPART_FROM_BYTES:
                etag = await self._put_parts(path, key, size_bytes, sent)
            else:
                etag = await self._put(path, key, sent)
        except ClientError as error:
            reason = error.response.get("Error", {}).get("Message", str(error))
            raise CommandError(f"The store refused {path.name}: {reason}") from error
        except BotoCoreError as error:
            raise CommandError(f"The store does not answer ({error}); see `headrace status`.") from error
        return Uploaded(asset_id_of(self._bucket, key, etag, size_bytes), str(path), key, size_bytes)

    async def _put(self, path: Path, key: str, sent: Callable[[int], None]) -> str:
        body = await asyncio.to_thread(path.read_bytes)
        answer = await self._client.put_object(
            Bucket=self._bucket, Key=key, Body=body, ContentType=_content_type(path), Metadata=self._metadata
        )
        sent(len(body))
        return answer["ETag"]

    async def _put_parts(self, path: Path, key: str, size_bytes: int, sent: Callable[[int], None]) -> str:
        begun = await self._client.create_multipart_upload(
            Bucket=self._bucket, Key=key, ContentType=_content_type(path), Metadata=self._metadata
        )
        upload_id = begun["UploadId"]
        async with AsyncExitStack() as undo:
            # Parts of an upload that is not completed would fill the store unseen.
            undo.push_async_callback(
                self._client.abort_multipart_upload, Bucket=self._bucket, Key=key, UploadId=upload_id
            )
            parts = await self._parts(path, key, upload_id, size_bytes, sent)
            done = await self._client.complete_multipart_upload(
                Bucket=self._bucket, Key=key, UploadId=upload_id, MultipartUpload={"Parts": parts}
            )
            undo.pop_all()
        return done["ETag"]

    async def _parts(
        self, path: Path, key: str, upload_id: str, size_bytes: int, sent: Callable[[int], None]
    ) -> "list[CompletedPartTypeDef]":
        part_bytes = part_bytes_of(size_bytes)
        free = asyncio.Semaphore(_AT_ONCE)

        async def put(number: int, offset: int) -> "CompletedPartTypeDef":
            async with free:
                body = await asyncio.to_thread(_read, path, offset, part_bytes)
                answer = await self._client.upload_part(
                    Bucket=self._bucket, Key=key, UploadId=upload_id, PartNumber=number, Body=body
                )
            sent(len(body))
            return {"PartNumber": number, "ETag": answer["ETag"]}

        try:
            async with asyncio.TaskGroup() as group:
                offsets = enumerate(range(0, size_bytes, part_bytes), start=1)
                tasks = [group.create_task(put(number, offset)) for number, offset in offsets]
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None
        return [task.result() for task in tasks]


def size_of(path: Path) -> int:
    """Return a file's length in bytes."""
    return path.stat().st_size


def part_bytes_of(size_bytes: int) -> int:
    """Return the length of each part, the last excepted, of a file of this length."""
    return max(PART_BYTES, math.ceil(size_bytes / MOST_PARTS))


def _content_type(path: Path) -> str:
    return mimetypes.guess_type(path.name)[0] or "application/octet-stream"


def _read(path: Path, offset: int, size_bytes: int) -> bytes:
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(size_bytes)
