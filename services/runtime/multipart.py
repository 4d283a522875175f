"""Objects that are written in parts: begun, completed or aborted by us, the parts sent by us or by users.

What the store holds is the truth about an upload: nobody else remembers which parts arrived.
"""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from services.runtime.store_errors import translated

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client

MOST_PARTS = 10_000
"""Source: Amazon S3 user guide, "Multipart upload limits"."""

PART_BYTES = 10 << 20
"""The length of a part, where not even 10,000 such would be too short."""

_MIB = 1 << 20


class StoredPart(msgspec.Struct, frozen=True):
    """A part that the store holds; parts are counted from 1."""

    number: int
    size_bytes: int
    etag: str
    stored_at: datetime


class OpenUpload(msgspec.Struct, frozen=True):
    """An object that was begun and is neither completed nor aborted."""

    key: str
    upload_id: str
    begun_at: datetime


def part_bytes_of(size_bytes: int) -> int:
    """Return the length of each part, the last excepted, of an object of this length: whole MiB."""
    least = -(-size_bytes // MOST_PARTS)
    return max(PART_BYTES, -(-least // _MIB) * _MIB)


class Multipart:
    """Writes objects of one bucket in parts."""

    def __init__(self, bucket: str, client: "S3Client", public_client: "S3Client") -> None:
        """Use one client for the work and one that signs for the address that users see."""
        self._bucket = bucket
        self._client = client
        self._public_client = public_client

    async def begin(self, key: str, *, content_type: str, metadata: Mapping[str, str]) -> str:
        """Begin an object and return the id of its upload."""
        try:
            answer = await self._client.create_multipart_upload(
                Bucket=self._bucket, Key=key, ContentType=content_type, Metadata=dict(metadata)
            )
        except (ClientError, BotoCoreError) as error:
            raise translated(error, key, written=True) from error
        return answer["UploadId"]

    async def presigned_part(self, key: str, upload_id: str, number: int, *, size_bytes: int, expires_s: int) -> str:
        """Return a URL that writes one part of exactly this length, for users."""
        params = {
            "Bucket": self._bucket,
            "Key": key,
            "UploadId": upload_id,
            "PartNumber": number,
            "ContentLength": size_bytes,
        }
        return await self._public_client.generate_presigned_url("upload_part", Params=params, ExpiresIn=expires_s)

    async def put_part(self, key: str, upload_id: str, number: int, body: bytes) -> None:
        """Write one part.

        Raises: Permanent: ``upload_missing``.
        """
        try:
            await self._client.upload_part(
                Bucket=self._bucket, Key=key, UploadId=upload_id, PartNumber=number, Body=body
            )
        except (ClientError, BotoCoreError) as error:
            raise translated(error, key, written=True) from error

    async def parts(self, key: str, upload_id: str) -> dict[int, StoredPart]:
        """Return the parts that the store holds, by their numbers.

        Raises: Permanent: ``upload_missing``, when it was completed, aborted or never begun.
        """
        parts: dict[int, StoredPart] = {}
        pages = self._client.get_paginator("list_parts").paginate(Bucket=self._bucket, Key=key, UploadId=upload_id)
        try:
            async for page in pages:
                for entry in page.get("Parts", []):
                    part = StoredPart(
                        entry["PartNumber"], entry["Size"], entry["ETag"].strip('"'), entry["LastModified"]
                    )
                    # SeaweedFS lists a part that was sent again as often as it came.
                    known = parts.get(part.number)
                    if known is None or known.stored_at < part.stored_at:
                        parts[part.number] = part
        except (ClientError, BotoCoreError) as error:
            raise translated(error, key) from error
        return parts

    async def complete(self, key: str, upload_id: str, parts: Mapping[int, StoredPart]) -> None:
        """Make an object of parts.

        Raises: Stale: the object exists. Permanent: ``upload_missing``.
        """
        named = [{"PartNumber": number, "ETag": parts[number].etag} for number in sorted(parts)]
        try:
            await self._client.complete_multipart_upload(
                Bucket=self._bucket,
                Key=key,
                UploadId=upload_id,
                MultipartUpload={"Parts": named},  # type: ignore[typeddict-item]  # a plain dict is what is asked for
                IfNoneMatch="*",
            )
        except (ClientError, BotoCoreError) as error:
            raise translated(error, key, written=True) from error

    async def abort(self, key: str, upload_id: str) -> None:
        """Free the parts of an upload; one that is gone is no error."""
        try:
            await self._client.abort_multipart_upload(Bucket=self._bucket, Key=key, UploadId=upload_id)
        except (ClientError, BotoCoreError) as error:
            meant = translated(error, key)
            if meant.code != "upload_missing":
                raise meant from error

    async def begun(self, prefix: str) -> AsyncIterator[OpenUpload]:
        """Yield the uploads of keys below a prefix that are still open."""
        pages = self._client.get_paginator("list_multipart_uploads").paginate(Bucket=self._bucket, Prefix=prefix)
        try:
            async for page in pages:
                for entry in page.get("Uploads", []):
                    yield OpenUpload(entry["Key"], entry["UploadId"], entry["Initiated"].astimezone(UTC))
        except (ClientError, BotoCoreError) as error:
            raise translated(error, prefix) from error
